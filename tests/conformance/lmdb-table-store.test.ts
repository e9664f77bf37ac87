import { lmdbTableStore } from './lmdb-table-store.js';
import { tableStoreConformance } from './table-store.js';

tableStoreConformance(lmdbTableStore);

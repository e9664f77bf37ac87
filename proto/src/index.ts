export { DESCRIPTORS_PATH } from './descriptors.js';

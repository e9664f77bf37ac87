export { contractDescriptors } from './descriptors.js';

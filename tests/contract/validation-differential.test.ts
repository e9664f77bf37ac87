import { differentialSuite } from './support/differential-suite.js';

differentialSuite(50);

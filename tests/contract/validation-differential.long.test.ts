import { differentialSuite } from './support/differential-suite.js';

differentialSuite(Number(process.env['BYTEBASKET_TEST_ROUNDS'] ?? '3000'));

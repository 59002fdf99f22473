import { pubSubConformance } from './support/conformance.ts';
import { OUR_DIFFERENCES } from './support/our-differences.ts';
import { connectLocal } from './support/target.ts';

pubSubConformance({ name: 'ours', connect: connectLocal, differences: OUR_DIFFERENCES });

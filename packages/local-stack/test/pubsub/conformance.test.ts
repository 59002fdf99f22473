import { pubSubConformance } from './support/conformance.ts';
import { connectLocal } from './support/target.ts';

pubSubConformance('ours', connectLocal);

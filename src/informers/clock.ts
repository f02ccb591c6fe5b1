/** @module time as a parameter; it stands in `collection/`, because operators of projections wait as well */
export { type Cancel, type Clock, delay, systemClock } from './collection/clock.ts';

/** @module how long to wait; it stands in `collection/`, because stores wait as well */
export { Backoff, type BackoffOptions } from './collection/backoff.ts';

/** Gets: conformance 1.5. */
import { type ComparedRequest, section } from './compared-request.ts';

const BETA = 'namespaces/cmp-a/flunders/beta';

export const GETS: readonly ComparedRequest[] = section('1.5', [
  ['nothing set', BETA],
  ['RV empty', `${BETA}?resourceVersion=`],
  ['RV 0', `${BETA}?resourceVersion=0`],
  ['RV N', `${BETA}?resourceVersion={a.gone#2}`],
  ['RV ancient', `${BETA}?resourceVersion={ancient}`],
  ['future RV', `${BETA}?resourceVersion={future}`],
  ['future RV of a missing object', 'namespaces/cmp-a/flunders/nobody?resourceVersion={future}'],
  ['RV abc', `${BETA}?resourceVersion=abc`],
  ['RVM is ignored', `${BETA}?resourceVersionMatch=Exact`],
  ['missing', 'namespaces/cmp-a/flunders/nobody'],
  ['missing, RV 0', 'namespaces/cmp-a/flunders/nobody?resourceVersion=0'],
  ['deleted', 'namespaces/cmp-a/flunders/gone'],
  ['in an unknown namespace', 'namespaces/cmp-nothing/flunders/beta'],
  ['watch is ignored', `${BETA}?watch=1`],
  ['export', `${BETA}?export=true`],
  ['no export', `${BETA}?export=false`],
  ['cluster scope', 'cmp-racks/one'],
  ['missing at cluster scope', 'cmp-racks/nobody'],
  ['odd characters', 'namespaces/cmp-b/flunders/alpha'],
  ['without labels', 'namespaces/cmp-a/flunders/delta'],
  ['selectors are ignored', `${BETA}?labelSelector=nobody&fieldSelector=frob`],
]);

import { coreGroup } from './kinds/core-group.ts';
import { otherGroups } from './kinds/other-groups.ts';
import { workloadGroups } from './kinds/workload-groups.ts';
import type { ResourceKind } from './resource-kind.ts';

/**
 * The built-in kinds a fake cluster serves unless told otherwise, each in its v1. Custom resource definitions are not among
 * them: give the kinds themselves.
 */
export const coreKinds: readonly ResourceKind[] = [...coreGroup, ...workloadGroups, ...otherGroups];

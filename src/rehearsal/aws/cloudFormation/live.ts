import type { Call } from '../account.ts';
import { attributeOf } from './physicalIds.ts';
import { isRecord, type Lookup, resolve } from './references.ts';
import type { Definition, Stack } from './stack.ts';
import type { Properties } from './tags.ts';
import { parameterLookup, pseudoParameters } from './template.ts';

/** Resolves everything as it is now: parameters, physical ids, attributes of what exists. */
function liveLookup(call: Call, stack: Stack): Lookup {
  const parameters = parameterLookup(stack.blueprint, pseudoParameters(call.account, stack));
  return (reference) => {
    const value = parameters(reference);
    if (value !== undefined) return value;
    const resource = stack.resources.get(reference.name);
    if (!resource) return undefined;
    return reference.attribute === undefined
      ? resource.physicalResourceId
      : attributeOf(call, resource, reference.attribute);
  };
}

/** A definition's properties as its service gets them now. */
export function liveProperties(call: Call, stack: Stack, definition: Definition): Properties {
  const properties = resolve(definition.Properties ?? {}, liveLookup(call, stack));
  return isRecord(properties) ? properties : {};
}

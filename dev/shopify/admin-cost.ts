/** What a call to the Admin API costs, and the leaky bucket that it is paid from. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Clock } from "./shop-state.ts";

/** Shopify's limit for one query, whatever is in the bucket. */
export const maximumQueryCost = 1000;
const mutationCost = 10;
/** Connections cost a quarter of their worst case; the exact formula is not published. */
const connectionShare = 0.25;

export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** Points that come back every second, by the shop's plan; twenty times as many can be there at most. */
export const restoreRates = { standard: 100, advanced: 200, plus: 1000 } as const;
export type Plan = keyof typeof restoreRates;
const bucketSeconds = 20;

/** The points of one app in one shop. */
export class LeakyBucket {
  readonly #clock: Clock;
  #maximum: number;
  #restoreRate: number;
  #available: number;
  #at: number;

  constructor(clock: Clock, plan: Plan) {
    this.#clock = clock;
    this.#restoreRate = restoreRates[plan];
    this.#maximum = this.#restoreRate * bucketSeconds;
    this.#available = this.#maximum;
    this.#at = clock().getTime();
  }

  /** The shop may change its plan; what is in the bucket stays, as far as it has room. */
  follow(plan: Plan): void {
    this.#restore();
    this.#restoreRate = restoreRates[plan];
    this.#maximum = this.#restoreRate * bucketSeconds;
    this.#available = Math.min(this.#maximum, this.#available);
  }

  status(): ThrottleStatus {
    this.#restore();
    const currentlyAvailable = Math.floor(this.#available);
    return { maximumAvailable: this.#maximum, currentlyAvailable, restoreRate: this.#restoreRate };
  }

  /** Takes the points if they are there. */
  take(points: number): boolean {
    this.#restore();
    if (this.#available < points) return false;
    this.#available -= points;
    return true;
  }

  /** Gives back what a call asked for and did not use. */
  giveBack(points: number): void {
    this.#available = Math.min(this.#maximum, this.#available + Math.max(0, points));
  }

  #restore(): void {
    const now = this.#clock().getTime();
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#available = Math.min(this.#maximum, this.#available + seconds * this.#restoreRate);
    this.#at = now;
  }
}

interface CostContext {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The cost that Shopify asks for before it runs an operation: objects 1, mutations 10, connections by their size. */
export function requestedCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const root = schema.getRootType(operation.operation);
  if (root === undefined || root === null) return 0;
  const context = { schema, fragments, variables };
  if (operation.operation === "mutation") return mutationCost * operation.selectionSet.selections.length;
  return Math.ceil(selectionCost(context, root, operation.selectionSet));
}

function selectionCost(context: CostContext, type: GraphQLNamedType, selections: SelectionSetNode): number {
  let shared = 0;
  let dearest = 0;
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) {
      shared += fieldCost(context, type, selection);
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? context.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) continue;
    const condition = fragment.typeCondition?.name.value;
    const inner = condition === undefined ? type : (context.schema.getType(condition) ?? type);
    const cost = selectionCost(context, inner, fragment.selectionSet);
    // Of the branches of a union only the dearest can come true.
    if (isAbstractType(type)) dearest = Math.max(dearest, cost);
    else shared += cost;
  }
  return shared + dearest;
}

function fieldCost(context: CostContext, parent: GraphQLNamedType, field: FieldNode): number {
  if (!(isObjectType(parent) || isInterfaceType(parent)) || field.selectionSet === undefined) return 0;
  const definition = parent.getFields()[field.name.value];
  if (definition === undefined) return 0;
  const type = getNamedType(definition.type);
  if (!isCompositeType(type)) return 0;
  const inner = selectionCost(context, type, field.selectionSet);
  if (!type.name.endsWith("Connection")) return 1 + inner;
  return 2 + sizeOf(context, field) * inner * connectionShare;
}

function sizeOf(context: CostContext, field: FieldNode): number {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== "first" && argument.name.value !== "last") continue;
    if (argument.value.kind === Kind.INT) return Number(argument.value.value);
    if (argument.value.kind === Kind.VARIABLE) {
      const value = context.variables[argument.value.name.value];
      if (typeof value === "number") return value;
    }
  }
  return 1;
}

/**
 * The worker's Admin operations as Shopify's schema types them: TypeScript for what is asked and answered, and the shape that an answer is held to
 * at run time. What is deprecated has no place in either.
 */
import {
  type FieldNode,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  typeFromAST,
} from "graphql";

/** One operation of the worker: where its text is, and the text. */
export interface Operation {
  /** Such as `order-reader`. */
  readonly module: string;
  /** Such as `READ_ORDER`. */
  readonly constant: string;
  readonly text: string;
}

/** The files, unformatted: what is asked and answered, what it is asked with, and the shapes of answers. */
export interface Generated {
  readonly types: string;
  readonly inputs: string;
  readonly shapes: string;
}

const HEAD = "// Made from Shopify's schema by `npm run types:shopify`: not to be edited.\n";

/** What a value may be: the same tree is written once as a type and once as a shape. */
type Tree =
  | { readonly kind: "scalar"; readonly name: "string" | "number" | "boolean" | "unknown" }
  | { readonly kind: "maybe" | "list" | "absent"; readonly of: Tree }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Tree> };

/** Writes the files for these operations. Throws where an operation is not what the schema allows. */
export function generate(schema: GraphQLSchema, operations: readonly Operation[]): Generated {
  const inputs = new Map<string, string>();
  const made = operations.map(({ module, constant, text }) => {
    const operation = operationOf(text);
    const name = operation.name?.value ?? constant;
    return {
      module,
      constant,
      name,
      tree: resultOf(schema, operation),
      variables: variablesOf(schema, operation, inputs),
    };
  });
  const modules = [...new Set(made.map(({ module }) => module))].sort();
  const imports = modules.map((module) => {
    const constants = made.filter((one) => one.module === module).map(({ constant }) => constant);
    return `import type { ${constants.join(", ")} } from "./${module}.ts";`;
  });
  const entries = made.map(
    ({ constant, name, variables }) =>
      `readonly [${constant}]: { readonly variables: ${variables}; readonly result: ${name} };`,
  );
  const results = made.map(({ name, tree }) => `export type ${name} = ${typeText(tree)};`);
  const usedInputs = [...inputs.keys()].filter((name) =>
    made.some(({ variables }) => new RegExp(`\\b${name}\\b`).test(variables)),
  );
  const types = [
    HEAD,
    ...imports,
    `import type { ${usedInputs.join(", ")} } from "./operation-inputs.ts";`,
    "",
    "/** From the text of each operation to what it is asked with and what it answers. */",
    `export interface Operations { ${entries.join("\n")} }`,
    "",
    ...results,
  ];
  const shapes: string[] = [
    HEAD,
    'import type { Shape } from "./shape.ts";',
    "",
    "/** By operation, the shape of its answer. */",
    `export const SHAPES: Readonly<Record<string, Shape>> = { ${made.map(({ name, tree }) => `${name}: ${shapeText(tree)}`).join(",\n")} };`,
  ];
  const fileOf = (lines: readonly string[]) => `${lines.join("\n")}\n`;
  return { types: fileOf(types), inputs: fileOf([HEAD, ...inputs.values()]), shapes: fileOf(shapes) };
}

function operationOf(text: string): OperationDefinitionNode {
  const [definition, ...others] = parse(text).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION || others.length > 0)
    throw new Error("An operation of the worker is one operation, without fragments of its own.");
  return definition;
}

function resultOf(schema: GraphQLSchema, operation: OperationDefinitionNode): Tree {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`The schema has no ${operation.operation}.`);
  return objectOf(schema, root, operation.selectionSet);
}

function treeOf(schema: GraphQLSchema, type: GraphQLOutputType, selections: SelectionSetNode | undefined): Tree {
  if (!isNonNullType(type)) return { kind: "maybe", of: requiredOf(schema, type, selections) };
  return requiredOf(schema, type.ofType, selections);
}

function requiredOf(schema: GraphQLSchema, type: GraphQLOutputType, selections: SelectionSetNode | undefined): Tree {
  if (isListType(type)) return { kind: "list", of: treeOf(schema, type.ofType, selections) };
  const named = getNamedType(type);
  if (selections && (isObjectType(named) || isInterfaceType(named) || isUnionType(named)))
    return objectOf(schema, named, selections);
  return { kind: "scalar", name: scalarOf(named.name) };
}

/** Enumerations are texts: Shopify adds to them. So are numbers that a double cannot hold, dates, ids. */
function scalarOf(name: string): "string" | "number" | "boolean" | "unknown" {
  if (name === "Int" || name === "Float") return "number";
  if (name === "Boolean") return "boolean";
  return name === "JSON" ? "unknown" : "string";
}

function objectOf(schema: GraphQLSchema, type: GraphQLNamedType, selections: SelectionSetNode): Tree {
  const fields = new Map<string, Tree>();
  for (const node of selections.selections) {
    if (node.kind === Kind.FIELD) {
      const tree = fieldOf(schema, type, node);
      // What is asked for only where the worker wants it may not be there.
      const isOptional = (node.directives ?? []).length > 0;
      fields.set(node.alias?.value ?? node.name.value, isOptional ? { kind: "absent", of: tree } : tree);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition?.name.value ?? type.name;
      const inner = objectOf(schema, schema.getType(condition) as GraphQLObjectType, node.selectionSet);
      if (inner.kind !== "object") continue;
      // What only some of the types have may not be there.
      for (const [name, tree] of inner.fields)
        if (!fields.has(name)) fields.set(name, condition === type.name ? tree : { kind: "absent", of: tree });
    } else throw new Error("A fragment of its own has no place in an operation of the worker.");
  }
  return { kind: "object", fields };
}

function fieldOf(schema: GraphQLSchema, type: GraphQLNamedType, node: FieldNode): Tree {
  if (node.name.value === "__typename") return { kind: "scalar", name: "string" };
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
  if (!field) throw new Error(`Shopify's ${type.name} has no ${node.name.value}.`);
  return treeOf(schema, field.type, node.selectionSet);
}

function typeText(tree: Tree): string {
  switch (tree.kind) {
    case "scalar":
      return tree.name;
    case "maybe":
      return `${typeText(tree.of)} | null`;
    case "absent":
      return typeText(tree.of);
    case "list":
      return tree.of.kind === "maybe" ? `readonly (${typeText(tree.of)})[]` : `readonly ${typeText(tree.of)}[]`;
    case "object":
      return `{ ${[...tree.fields].map(([name, of]) => `readonly ${name}${of.kind === "absent" ? "?" : ""}: ${typeText(of)}`).join("; ")} }`;
  }
}

const MARKS = { maybe: "?", list: "*", absent: "~" } as const;

function shapeText(tree: Tree): string {
  if (tree.kind === "scalar") return JSON.stringify(tree.name);
  if (tree.kind === "object")
    return `{ ${[...tree.fields].map(([name, of]) => `${name}: ${shapeText(of)}`).join(", ")} }`;
  return `[${JSON.stringify(MARKS[tree.kind])}, ${shapeText(tree.of)}]`;
}

function variablesOf(schema: GraphQLSchema, operation: OperationDefinitionNode, inputs: Map<string, string>): string {
  const variables = (operation.variableDefinitions ?? []).map((definition) => {
    const type = typeFromAST(schema, definition.type) as GraphQLInputType;
    const mark = isNonNullType(type) || definition.defaultValue === undefined ? "" : "?";
    return `readonly ${definition.variable.name.value}${mark}: ${inputText(type, inputs)}`;
  });
  return variables.length === 0 ? "Readonly<Record<string, never>>" : `{ ${variables.join("; ")} }`;
}

function inputText(type: GraphQLInputType, inputs: Map<string, string>): string {
  if (isNonNullType(type)) return requiredInputText(type.ofType, inputs);
  return `${requiredInputText(type, inputs)} | null`;
}

function requiredInputText(type: GraphQLInputType, inputs: Map<string, string>): string {
  if (isListType(type)) {
    const inner = inputText(type.ofType, inputs);
    return inner.includes(" ") ? `readonly (${inner})[]` : `readonly ${inner}[]`;
  }
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    declare(named, inputs);
    return named.name;
  }
  if (!isEnumType(named)) return scalarOf(named.name);
  const values = named.getValues().filter(({ deprecationReason }) => !deprecationReason);
  return values.length > 40 ? "string" : values.map(({ name }) => JSON.stringify(name)).join(" | ");
}

/** Declares an input type and those within it, each once. */
function declare(type: GraphQLInputObjectType, inputs: Map<string, string>): void {
  if (inputs.has(type.name)) return;
  // Before its fields: they may lead back to it.
  inputs.set(type.name, "");
  const fields = Object.values(type.getFields())
    .filter(({ deprecationReason }) => !deprecationReason)
    .map((field) => {
      const mark = isNonNullType(field.type) && field.defaultValue === undefined ? "" : "?";
      return `readonly ${field.name}${mark}: ${inputText(field.type, inputs)};`;
    });
  inputs.set(type.name, `export interface ${type.name} { ${fields.join("\n")} }`);
}

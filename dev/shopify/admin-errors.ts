/** GraphQL errors as Shopify words them. */
import { GraphQLError, type GraphQLFormattedError } from "graphql";

const documentationOf = {
  scopes: "https://shopify.dev/api/usage/access-scopes",
  protectedData: "https://shopify.dev/docs/apps/launch/protected-customer-data",
  limits: "https://shopify.dev/api/usage/rate-limits",
};

/** Whatever the local Shopify has no answer for is an error: it never makes data up. */
export function notPlayed(what: string): GraphQLError {
  return new GraphQLError(`The local Shopify does not play ${what}`, { extensions: { code: "NOT_PLAYED_LOCALLY" } });
}

/** A field that the granted scopes do not reach. */
export function accessDenied(field: string, requiredAccess: string): GraphQLError {
  return new GraphQLError(`Access denied for ${field} field. Required access: ${requiredAccess}`, {
    extensions: { code: "ACCESS_DENIED", documentation: documentationOf.scopes, requiredAccess },
  });
}

/** A field of protected customer data that the app was not approved for. */
export function notApproved(field: string): GraphQLError {
  const documentation = documentationOf.protectedData;
  return new GraphQLError(
    `This app is not approved to use the ${field} field. See ${documentation} for more details.`,
    {
      extensions: { code: "ACCESS_DENIED", documentation },
    },
  );
}

/** An input that fails the whole field, where Shopify gives no userError. */
export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}

export const throttled: GraphQLFormattedError = {
  message: "Throttled",
  extensions: { code: "THROTTLED", documentation: documentationOf.limits },
};

/** A query that no bucket could pay. */
export function tooDear(cost: number, maximum: number): GraphQLFormattedError {
  return {
    message: `Query cost is ${cost}, which exceeds the single query max cost limit (${maximum}).`,
    extensions: { code: "MAX_COST_EXCEEDED", cost, maxCost: maximum, documentation: documentationOf.limits },
  };
}

interface Wording {
  readonly pattern: RegExp;
  readonly reword: (match: RegExpExecArray) => { message: string; extensions: Record<string, unknown> };
}

const wordings: readonly Wording[] = [
  {
    pattern: /^Cannot query field "(\w+)" on type "(\w+)"\./,
    reword: ([, field = "", type = ""]) => ({
      message: `Field '${field}' doesn't exist on type '${type}'`,
      extensions: { code: "undefinedField", typeName: type, fieldName: field },
    }),
  },
  {
    pattern: /^Unknown argument "(\w+)" on field "(?:\w+\.)?(\w+)"\./,
    reword: ([, argument = "", field = ""]) => ({
      message: `Field '${field}' doesn't accept argument '${argument}'`,
      extensions: { code: "argumentNotAccepted", name: field, typeName: "Field", argumentName: argument },
    }),
  },
  {
    pattern: /^Field "(\w+)" is not defined by type "(\w+)"\./,
    reword: ([, field = "", type = ""]) => ({
      message: `InputObject '${type}' doesn't accept argument '${field}'`,
      extensions: { code: "argumentNotAccepted", name: type, typeName: "InputObject", argumentName: field },
    }),
  },
  {
    pattern: /^Field "(\w+)" of type "([^"]+)" must have a selection/,
    reword: ([, field = "", type = ""]) => ({
      message: `Field must have selections (field '${field}' returns ${type} but has no selections. Did you mean '${field} { ... }'?)`,
      extensions: { code: "selectionMismatch", nodeName: `field '${field}'`, typeName: type },
    }),
  },
  {
    pattern: /^Variable "\$(\w+)" (?:got|has) invalid value/,
    reword: (match) => ({
      message: `Variable $${match[1] ?? ""} was provided invalid value: ${match.input}`,
      extensions: { code: "INVALID_VARIABLE", problems: [{ path: [], explanation: match.input }] },
    }),
  },
];

/** An error as it stands in an answer: the well-known ones in Shopify's words, the others in those of graphql-js. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const plain = error.toJSON();
  for (const { pattern, reword } of wordings) {
    const match = pattern.exec(error.message);
    if (match !== null) return { ...plain, ...reword(match) };
  }
  return plain;
}

// Dumps what a TypeScript file declares, as JSON: read by source.py, which says what the parts mean.
//
//   node dump.mjs TYPESCRIPT FILE
//
// TYPESCRIPT is the folder of the npm package `typescript`. Types are dumped as they are written, so that
// names and comments survive; the compiler says only what names refer to, and what is computed.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const [, , typescript, file] = process.argv;
const ts = createRequire(import.meta.url)(resolve(typescript));
const { SyntaxKind } = ts;

const root = resolve(file).replaceAll("\\", "/");
const program = ts.createProgram([root], {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
  types: [],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
});
const checker = program.getTypeChecker();
const main = program.getSourceFile(root);

/** Packages whose classes are those of Cap'n Web. */
const CAPNWEB = new Set(["capnweb", "cloudflare:workers"]);

/** The declarations that were asked for, by their symbol, in order. */
const wanted = new Map();

// --- places and texts --------------------------------------------------------------------------------

function place(node) {
  const source = node.getSourceFile?.();
  if (!source || node.pos < 0) return current;
  const start = source.getLineAndCharacterOfPosition(node.getStart(source));
  const end = source.getLineAndCharacterOfPosition(node.getEnd());
  return [source.fileName, start.line + 1, start.character + 1, end.line + 1, end.character + 1];
}

/** Where the type that is being written out stands: what the compiler computes stands nowhere. */
let current = null;

/** A type as the user wrote it; what the compiler made was not written. */
function written(node, otherwise) {
  return node.pos >= 0 && node.getSourceFile?.() ? node.getText() : otherwise;
}

function doc(node) {
  const blocks = (node.jsDoc ?? []).slice(-1);
  const tags = ts.getJSDocTags(node);
  const text = (comment) => (ts.getTextOfJSDocComment(comment) ?? "").trim();
  const named = (kind) => tags.filter((tag) => tag.tagName.text === kind);
  const [deprecated] = named("deprecated");
  const [returns] = [...named("returns"), ...named("return")];
  return {
    text: blocks.map((block) => text(block.comment)).join("\n"),
    params: Object.fromEntries(
      named("param").map((tag) => [tag.name.getText(), text(tag.comment).replace(/^-\s*/, "")]),
    ),
    returns: returns ? text(returns.comment) : "",
    deprecated: deprecated ? text(deprecated.comment) : null,
  };
}

function nameOf(name) {
  return ts.isComputedPropertyName(name) || ts.isPrivateIdentifier(name) ? null : name.text;
}

// --- what names refer to -----------------------------------------------------------------------------

/** The module that an unresolved or resolved name is imported from, if it is. */
function importedFrom(symbol) {
  for (const node of symbol?.declarations ?? []) {
    const statement = ts.findAncestor(node, ts.isImportDeclaration);
    if (statement) return [statement.moduleSpecifier.text, (node.propertyName ?? node.name)?.text];
  }
  return null;
}

/** {kind: "capnweb" | "lib" | "var" | "own" | "unknown", name, symbol?} */
function resolveName(name) {
  const direct = name.symbol ?? checker.getSymbolAtLocation(name);
  const text = ts.isQualifiedName(name) || ts.isPropertyAccessExpression(name) ? (name.right ?? name.name).text : name.text;
  const imported = importedFrom(direct);
  if (imported && CAPNWEB.has(imported[0])) return { kind: "capnweb", name: imported[1] };
  const symbol = direct && direct.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(direct) : direct;
  const [declaration] = symbol?.declarations ?? [];
  if (!declaration) return { kind: "unknown", name: text };
  if (ts.isTypeParameterDeclaration(declaration)) return { kind: "var", name: text };
  const source = declaration.getSourceFile();
  if (/\/node_modules\/capnweb\//.test(source.fileName)) return { kind: "capnweb", name: symbol.name };
  if (program.isSourceFileDefaultLibrary(source) || /\/node_modules\//.test(source.fileName)) {
    return { kind: "lib", name: symbol.name };
  }
  return { kind: "own", name: symbol.name, symbol };
}

function idOf(symbol) {
  if (!wanted.has(symbol)) wanted.set(symbol, `${wanted.size}`);
  return wanted.get(symbol);
}

// --- types -------------------------------------------------------------------------------------------

const KEYWORDS = new Map([
  [SyntaxKind.AnyKeyword, "any"],
  [SyntaxKind.UnknownKeyword, "unknown"],
  [SyntaxKind.StringKeyword, "string"],
  [SyntaxKind.NumberKeyword, "number"],
  [SyntaxKind.BigIntKeyword, "bigint"],
  [SyntaxKind.BooleanKeyword, "boolean"],
  [SyntaxKind.VoidKeyword, "void"],
  [SyntaxKind.UndefinedKeyword, "undefined"],
  [SyntaxKind.NeverKeyword, "never"],
  [SyntaxKind.ObjectKeyword, "object"],
  [SyntaxKind.SymbolKeyword, "symbol"],
  [SyntaxKind.NullKeyword, "null"],
]);

/** Types of the library that mean what the compiler makes of them. */
const COMPUTED = new Set(["Partial", "Required", "Pick", "Omit", "Exclude", "Extract", "NonNullable", "ReturnType", "Awaited", "Parameters"]);

function dump(node, computed = false) {
  if (!node) return { kind: "keyword", name: "any" };
  const outer = current;
  current = place(node) ?? outer;
  try {
    return { ...shape(node, computed), place: current };
  } finally {
    current = outer;
  }
}

function shape(node, computed) {
  const inner = (each) => dump(each, computed);
  if (KEYWORDS.has(node.kind)) return { kind: "keyword", name: KEYWORDS.get(node.kind) };
  if (ts.isParenthesizedTypeNode(node)) return inner(node.type);
  if (ts.isArrayTypeNode(node)) return { kind: "array", item: inner(node.elementType) };
  if (ts.isTypeOperatorNode(node) && node.operator === SyntaxKind.ReadonlyKeyword) return inner(node.type);
  if (ts.isTupleTypeNode(node)) return { kind: "tuple", items: node.elements.map((each) => tupleItem(each, computed)) };
  if (ts.isUnionTypeNode(node)) return { kind: "union", arms: node.types.map(inner) };
  if (ts.isIntersectionTypeNode(node)) return { kind: "intersection", parts: node.types.map(inner) };
  if (ts.isLiteralTypeNode(node)) return literal(node.literal);
  if (ts.isThisTypeNode(node)) return { kind: "this" };
  if (ts.isFunctionTypeNode(node)) return { kind: "function", signature: signature(node, computed) };
  if (ts.isTypeLiteralNode(node)) return { kind: "object", members: members(node.members, computed) };
  if (ts.isTypeReferenceNode(node)) return reference(node, node.typeName, node.typeArguments, computed);
  if (ts.isExpressionWithTypeArguments(node)) return reference(node, node.expression, node.typeArguments, computed);
  return evaluated(node, computed);
}

function tupleItem(node, computed) {
  const named = ts.isNamedTupleMember(node) ? node : null;
  const type = named?.type ?? node;
  const rest = Boolean(named?.dotDotDotToken) || ts.isRestTypeNode(node);
  const optional = Boolean(named?.questionToken) || ts.isOptionalTypeNode(node);
  const inner = ts.isRestTypeNode(type) || ts.isOptionalTypeNode(type) ? type.type : type;
  return { name: named?.name.text ?? null, rest, optional, type: dump(inner, computed) };
}

function literal(node) {
  if (node.kind === SyntaxKind.NullKeyword) return { kind: "keyword", name: "null" };
  if (node.kind === SyntaxKind.TrueKeyword) return { kind: "literal", value: true };
  if (node.kind === SyntaxKind.FalseKeyword) return { kind: "literal", value: false };
  const sign = ts.isPrefixUnaryExpression(node) ? -1 : 1;
  const operand = sign < 0 ? node.operand : node;
  if (ts.isNumericLiteral(operand)) return { kind: "literal", value: sign * Number(operand.text) };
  if (ts.isBigIntLiteral(operand)) {
    return { kind: "literal", bigint: `${sign < 0 ? "-" : ""}${operand.text.replace(/n$/, "")}` };
  }
  return { kind: "literal", value: operand.text };
}

function reference(node, name, args, computed) {
  const found = resolveName(name);
  if (found.kind === "own" && found.symbol.flags & ts.SymbolFlags.EnumMember) {
    const value = checker.getConstantValue(found.symbol.declarations[0]);
    return { kind: "literal", value };
  }
  if (found.kind === "lib" && COMPUTED.has(found.name)) return evaluated(node, computed);
  const { symbol, ...rest } = found;
  return {
    kind: "reference",
    to: { ...rest, ...(symbol ? { id: idOf(symbol) } : {}) },
    args: (args ?? []).map((each) => dump(each, computed)),
    text: written(node, found.name),
  };
}

/** What the compiler makes of a type that is computed; or the text of what it cannot write otherwise. */
function evaluated(node, computed) {
  const text = written(node, "");
  if (computed) return { kind: "other", text };
  const flags = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias;
  const made = checker.typeToTypeNode(checker.getTypeFromTypeNode(node), node, flags);
  if (!made || made.kind === node.kind) return { kind: "other", text };
  const dumped = dump(made, true);
  return dumped.kind === "other" ? { kind: "other", text } : dumped;
}

// --- members -----------------------------------------------------------------------------------------

function typeParameters(node) {
  return (node.typeParameters ?? []).map((each) => each.name.text);
}

function parameter(node, computed) {
  return {
    name: ts.isIdentifier(node.name) ? node.name.text : "options",
    optional: Boolean(node.questionToken ?? node.initializer),
    rest: Boolean(node.dotDotDotToken),
    type: node.type || computed ? dump(node.type, computed) : inferred(node, checker.getTypeAtLocation(node)),
    place: place(node) ?? current,
  };
}

function signature(node, computed = false) {
  const returned = () => inferred(node, checker.getReturnTypeOfSignature(checker.getSignatureFromDeclaration(node)));
  return {
    typeParams: typeParameters(node),
    params: node.parameters.filter((each) => each.name.text !== "this").map((each) => parameter(each, computed)),
    returns: node.type || computed ? dump(node.type, computed) : returned(),
  };
}

/** A type that is not written, as the compiler writes it. */
function inferred(node, type) {
  current = place(node) ?? current;
  return dump(checker.typeToTypeNode(type, node, ts.NodeBuilderFlags.NoTruncation), true);
}

function members(nodes, computed = false) {
  return [...nodes].flatMap((node) => member(node, computed) ?? []);
}

function member(node, computed) {
  const flags = ts.getCombinedModifierFlags(node);
  if (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static)) return null;
  if (ts.isConstructorDeclaration(node) || ts.isSemicolonClassElement(node)) return null;
  const about = { place: place(node.name ?? node) ?? current, doc: doc(node), optional: Boolean(node.questionToken) };
  if (ts.isIndexSignatureDeclaration(node)) {
    return { ...about, kind: "index", name: null, type: dump(node.type, computed) };
  }
  if (!node.name) return { ...about, kind: "call", name: null };
  if (ts.isPrivateIdentifier(node.name)) return null;
  const name = nameOf(node.name);
  if (name === null) return { ...about, kind: "computed", name: written(node.name, "[...]") };
  if (ts.isMethodSignature(node) || ts.isMethodDeclaration(node)) {
    return { ...about, kind: "method", name, signature: signature(node, computed), body: Boolean(node.body) };
  }
  if (ts.isSetAccessor(node)) return { ...about, kind: "setter", name };
  const type = node.type || computed ? dump(node.type, computed) : inferred(node, checker.getTypeAtLocation(node));
  return { ...about, kind: "property", name, type };
}

// --- declarations ------------------------------------------------------------------------------------

function heritage(nodes) {
  return nodes.flatMap((node) => node.heritageClauses ?? [])
    .filter((clause) => clause.token === SyntaxKind.ExtendsKeyword)
    .flatMap((clause) => clause.types.map((each) => dump(each)));
}

function declaration(symbol, id) {
  const nodes = symbol.declarations;
  const [node] = nodes;
  const about = { id, name: symbol.name, place: place(node.name ?? node), doc: doc(node), typeParams: typeParameters(node) };
  if (ts.isTypeAliasDeclaration(node)) return { ...about, kind: "alias", type: dump(node.type) };
  if (ts.isEnumDeclaration(node)) {
    const values = node.members.map((each) => ({
      name: each.name.text, value: checker.getConstantValue(each) ?? null, doc: doc(each), place: place(each),
    }));
    return { ...about, kind: "enum", values };
  }
  const parts = nodes.filter((each) => ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each));
  if (parts.length === 0) return { ...about, kind: "other" };
  const all = parts.flatMap((each) => members(each.members));
  return { ...about, kind: ts.isClassDeclaration(node) ? "class" : "interface", bases: heritage(parts), members: all };
}

function errors() {
  return program.getSyntacticDiagnostics(main).map(({ start, length, messageText }) => {
    const from = main.getLineAndCharacterOfPosition(start);
    const to = main.getLineAndCharacterOfPosition(start + length);
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    return { message, place: [root, from.line + 1, from.character + 1, to.line + 1, to.character + 1] };
  });
}

function roots() {
  const symbol = checker.getSymbolAtLocation(main);
  if (symbol) {
    return checker.getExportsOfModule(symbol).map((each) =>
      each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each);
  }
  return main.statements.flatMap((node) => (node.name ? (checker.getSymbolAtLocation(node.name) ?? []) : []));
}

const found = roots().filter((symbol) => symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Enum));
const ids = found.map(idOf);
const declarations = [];
for (const [symbol, id] of wanted) declarations.push(declaration(symbol, id)); // dumping one may want more
process.stdout.write(JSON.stringify({ errors: errors(), roots: ids, declarations }));

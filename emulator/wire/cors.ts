import type { ServiceProperties } from '../store/index.ts';
import { ServiceError } from './errors.ts';
import type { Answer } from './request.ts';
import { childNode, childNodes, childText } from './xml.ts';
import type { XmlNode } from './xml.ts';

/** Rules a service may have [REST Set File Service Properties]. */
export const MAX_CORS_RULES = 5;

const METHODS = ['DELETE', 'GET', 'HEAD', 'MERGE', 'PATCH', 'POST', 'OPTIONS', 'PUT'];

/** True for a rule the service would take: all five elements, known methods, whole seconds. */
export function isCorsRule(rule: XmlNode): boolean {
  const { origins, methods, allowed, exposed, age } = textsOf(rule);
  if (!origins || methods === undefined || allowed === undefined || exposed === undefined) return false;
  return /^\d{1,9}$/.test(age ?? '') && listOf(methods).every((method) => METHODS.includes(method));
}

function textsOf(rule: XmlNode) {
  return {
    origins: childText(rule, 'AllowedOrigins'),
    methods: childText(rule, 'AllowedMethods'),
    allowed: childText(rule, 'AllowedHeaders'),
    exposed: childText(rule, 'ExposedHeaders'),
    age: childText(rule, 'MaxAgeInSeconds'),
  };
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What a browser says with a request, or before one (a preflight). */
export type CorsQuestion = { origin: string; method: string; requestHeaders?: string | undefined };

/** The first rule that covers it; the order of the rules decides. */
function ruleFor(properties: ServiceProperties, question: CorsQuestion): XmlNode | undefined {
  const { origin, method, requestHeaders } = question;
  return childNodes(childNode(properties as XmlNode, 'Cors'), 'CorsRule').find((rule) => {
    const { origins, methods, allowed } = textsOf(rule);
    return (
      matchesOrigin(listOf(origins), origin) &&
      listOf(methods).includes(method.toUpperCase()) &&
      listOf(requestHeaders).every((name) => matchesHeader(listOf(allowed), name))
    );
  });
}

/** `*`, the origin as it is, or `https://*.example.com`. */
function matchesOrigin(origins: readonly string[], origin: string): boolean {
  return origins.some((each) => {
    const star = each.indexOf('*');
    if (each === '*' || star < 0) return each === '*' || each === origin;
    const [head, tail] = [each.slice(0, star), each.slice(star + 1)];
    return origin.length > head.length + tail.length && origin.startsWith(head) && origin.endsWith(tail);
  });
}

/** Names compare without case; `x-ms-meta*` stands for all that begin so. */
function matchesHeader(allowed: readonly string[], name: string): boolean {
  const lower = name.toLowerCase();
  return allowed.some((each) => {
    const pattern = each.toLowerCase();
    return pattern.endsWith('*') ? lower.startsWith(pattern.slice(0, -1)) : pattern === lower;
  });
}

/** Answers a preflight request, which carries no credentials. @throws 403 CorsPreflightFailure */
export function preflight(properties: ServiceProperties, question: CorsQuestion): Answer {
  const rule = ruleFor(properties, question);
  if (rule === undefined) throw new ServiceError('CorsPreflightFailure');
  const headers: Record<string, string> = {
    ...originHeaders(rule, question.origin),
    'Access-Control-Allow-Methods': question.method,
    'Access-Control-Max-Age': childText(rule, 'MaxAgeInSeconds') ?? '0',
  };
  if (question.requestHeaders) headers['Access-Control-Allow-Headers'] = question.requestHeaders;
  return { status: 200, headers };
}

function originHeaders(rule: XmlNode, origin: string): Record<string, string> {
  if (listOf(childText(rule, 'AllowedOrigins')).includes('*')) return { 'Access-Control-Allow-Origin': '*' };
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    Vary: 'Origin',
  };
}

/** Headers that let a page of that origin read the answer; none when no rule covers the request. */
export function corsHeaders(properties: ServiceProperties, question: CorsQuestion): Record<string, string> {
  const rule = ruleFor(properties, question);
  if (rule === undefined) return childNode(properties as XmlNode, 'Cors') === undefined ? {} : { Vary: 'Origin' };
  const exposed = childText(rule, 'ExposedHeaders') ?? '';
  return {
    ...originHeaders(rule, question.origin),
    ...(exposed === '' ? {} : { 'Access-Control-Expose-Headers': exposed }),
  };
}

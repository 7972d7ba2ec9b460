import { isCorsRule, MAX_CORS_RULES, preflight } from '../wire/cors.ts';
import { ServiceError } from '../wire/errors.ts';
import { header, requiredHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { childNodes, escapeXml, parseXml, XML_DECLARATION } from '../wire/xml.ts';
import type { XmlNode, XmlValue } from '../wire/xml.ts';

const METRICS = { Version: '1.0', Enabled: 'false', RetentionPolicy: { Enabled: 'false' } };
const DEFAULT_PROPERTIES: XmlNode = { HourMetrics: METRICS, MinuteMetrics: METRICS, Cors: '' };

export function getFileServiceProperties(request: ServiceRequest): Answer {
  const kept = request.surroundings.store.accounts.getServiceProperties(request.target.account) as XmlNode;
  const properties = { ...DEFAULT_PROPERTIES, ...kept };
  const body = `${XML_DECLARATION}<StorageServiceProperties>${renderXml(properties)}</StorageServiceProperties>`;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}

/** An element left out keeps its setting. Only CORS has an effect here. */
export function setFileServiceProperties(request: ServiceRequest): Answer {
  const { accounts } = request.surroundings.store;
  const sent = parseXml(request.body.toString('utf8'), 'StorageServiceProperties');
  for (const name in sent) {
    const check = CHECKS[name];
    if (!check) throw new ServiceError('InvalidXmlDocument');
    check(sent[name] ?? '');
  }
  const { account } = request.target;
  accounts.setServiceProperties(account, { ...accounts.getServiceProperties(account), ...sent });
  return { status: 202 };
}

/** Answers a browser that asks whether a page of another origin may send a request. */
export function preflightFileRequest(request: ServiceRequest): Answer {
  const origin = requiredHeader(request, 'origin');
  const method = requiredHeader(request, 'access-control-request-method');
  const requestHeaders = header(request, 'access-control-request-headers');
  const properties = request.surroundings.store.accounts.getServiceProperties(request.target.account);
  return preflight(properties, { origin, method, requestHeaders });
}

const CHECKS: Record<string, (value: XmlValue) => void> = {
  HourMetrics: checkMetrics,
  MinuteMetrics: checkMetrics,
  Cors: checkCors,
  ProtocolSettings: checkProtocols,
};

function nodeOf(value: XmlValue | undefined, names: readonly string[]): XmlNode {
  if (value === '' || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new ServiceError('InvalidXmlDocument');
  for (const name in value) if (!names.includes(name)) throw new ServiceError('InvalidXmlDocument');
  return value;
}

function checkMetrics(value: XmlValue): void {
  const metrics = nodeOf(value, ['Version', 'Enabled', 'IncludeAPIs', 'RetentionPolicy']);
  if (metrics['Version'] !== '1.0') throw badNode('Version');
  const isEnabled = checkFlag(metrics, 'Enabled');
  if (metrics['IncludeAPIs'] !== undefined) checkFlag(metrics, 'IncludeAPIs');
  else if (isEnabled) throw missingNode('IncludeAPIs');
  const retention = nodeOf(metrics['RetentionPolicy'], ['Enabled', 'Days']);
  if (metrics['RetentionPolicy'] === undefined) throw missingNode('RetentionPolicy');
  if (!checkFlag(retention, 'Enabled')) return;
  const days = Number(retention['Days']);
  if (!Number.isInteger(days) || days < 1 || days > 365) throw badNode('Days');
}

function checkFlag(node: XmlNode, name: string): boolean {
  const value = node[name];
  if (value === undefined) throw missingNode(name);
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word !== 'true' && word !== 'false') throw badNode(name);
  return word === 'true';
}

function checkCors(value: XmlValue): void {
  const cors = nodeOf(value, ['CorsRule']);
  const rules = childNodes(cors, 'CorsRule');
  const count = Array.isArray(cors['CorsRule']) ? cors['CorsRule'].length : rules.length;
  if (count !== rules.length || count > MAX_CORS_RULES || !rules.every(isCorsRule)) {
    throw new ServiceError('InvalidXmlDocument');
  }
}

function checkProtocols(value: XmlValue): void {
  const protocols = nodeOf(value, ['Smb', 'SMB', 'Nfs', 'NFS']);
  for (const name in protocols) {
    const settings = nodeOf(protocols[name], ['Multichannel', 'EncryptionInTransit']);
    if (settings['Multichannel'] !== undefined) checkFlag(nodeOf(settings['Multichannel'], ['Enabled']), 'Enabled');
    const encryption = settings['EncryptionInTransit'];
    if (encryption !== undefined) checkFlag(nodeOf(encryption, ['Required']), 'Required');
  }
}

function badNode(name: string): ServiceError {
  return new ServiceError('InvalidXmlNodeValue', { details: { XmlNodeName: name } });
}

function missingNode(name: string): ServiceError {
  return new ServiceError('MissingRequiredXmlNode', { details: { XmlNodeName: name } });
}

function renderXml(value: XmlValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeXml(value);
  if (Array.isArray(value)) return value.map(renderXml).join('');
  let text = '';
  for (const name in value) {
    const child = value[name];
    const children = Array.isArray(child) ? child : [child];
    for (const each of children) text += `<${name}>${renderXml(each)}</${name}>`;
  }
  return text;
}

metadata description = 'Alerts on the events of lib/telemetry/events.ts, and on their absence. What to do: docs/operations.md, Runbook.'

import { recoveryPoint } from 'types.bicep'

@description('Required. Prefix of all names.')
param name string

@description('Required. Region of the workspace.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Workspace that is asked.')
param workspaceId string

@description('Required. Who is told.')
param actionGroupId string

@description('Required. Destinations that must have a complete restore point, and how old it may become.')
param recoveryPoints recoveryPoint[]

@description('Optional. Names of rules to leave off.')
param silenced string[] = []

// Severity: 0 data at risk now, 1 no backup, 2 somebody is needed, 3 look when there is time.
var rules = [
  {
    name: 'no-restore-point'
    title: 'No complete restore point within the recovery point objective'
    severity: 1
    query: loadTextContent('../queries/no-restore-point.kql')
    dimensions: ['job', 'destination']
    every: 'PT30M'
    window: 'PT30M'
    // The longest there is.
    lookBack: 'P2D'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'app-silent'
    title: 'The timers of the app do not fire'
    severity: 1
    query: loadTextContent('../queries/app-silent.kql')
    dimensions: []
    every: 'PT15M'
    window: 'PT30M'
    lookBack: null
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'run-failed'
    title: 'A run failed'
    severity: 2
    query: loadTextContent('../queries/run-failed.kql')
    dimensions: ['job', 'destination']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'guard-tripped'
    title: 'A guard stopped a mass deletion or change'
    severity: 0
    query: loadTextContent('../queries/guard-tripped.kql')
    dimensions: ['runId']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'run-awaiting-approval'
    title: 'A run awaits approval'
    severity: 2
    query: loadTextContent('../queries/run-awaiting-approval.kql')
    dimensions: ['job', 'destination']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'check-mismatch'
    title: 'A restore point did not equal its source snapshot'
    severity: 0
    query: loadTextContent('../queries/check-mismatch.kql')
    dimensions: ['runId']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'drill-failed'
    title: 'A restore that was tried out failed, or brought back something else'
    severity: 1
    query: loadTextContent('../queries/drill-failed.kql')
    dimensions: ['job', 'destination']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'preflight-error'
    title: 'The check before runs found an error'
    severity: 2
    query: loadTextContent('../queries/preflight-error.kql')
    dimensions: ['code']
    every: 'PT1H'
    window: 'PT1H'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'verify-mismatch'
    title: 'A verification found other content, or could not be made'
    severity: 0
    query: loadTextContent('../queries/verify-mismatch.kql')
    dimensions: ['runId']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'restore-failed'
    title: 'A restore failed, or some of its entries did'
    severity: 1
    query: loadTextContent('../queries/restore-failed.kql')
    dimensions: ['runId']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'shard-poisoned'
    title: 'A message was given up by its queue, or a shard failed'
    severity: 2
    query: loadTextContent('../queries/shard-poisoned.kql')
    dimensions: ['runId']
    every: 'PT5M'
    window: 'PT5M'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'run-missed'
    title: 'A scheduled start was left out'
    severity: 3
    query: loadTextContent('../queries/run-missed.kql')
    dimensions: ['job', 'destination']
    every: 'PT1H'
    window: 'PT1H'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'prune-refused'
    title: 'A snapshot that retention gave up could not be deleted'
    severity: 3
    query: loadTextContent('../queries/prune-refused.kql')
    dimensions: []
    every: 'PT1H'
    window: 'PT1H'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'point-notheld'
    title: 'A restore point could not be protected by a lease'
    severity: 3
    query: loadTextContent('../queries/point-notheld.kql')
    dimensions: ['share']
    every: 'PT1H'
    window: 'PT1H'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'snapshots-many'
    title: 'A share comes near the limit of 200 snapshots'
    severity: 2
    query: loadTextContent('../queries/snapshots-many.kql')
    dimensions: ['share']
    every: 'PT1H'
    window: 'PT1H'
    lookBack: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'function-exceptions'
    title: 'Functions throw'
    severity: 3
    query: loadTextContent('../queries/function-exceptions.kql')
    dimensions: []
    every: 'PT15M'
    window: 'PT15M'
    lookBack: null
    operator: 'GreaterThan'
    // A message comes five times: one that fails for good must show, one hiccup must not.
    threshold: 4
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${rule.title}'
      description: '${rule.title}. What to do: docs/operations.md, Runbook, ${rule.name}.'
      severity: rule.severity
      enabled: !contains(silenced, rule.name)
      scopes: [workspaceId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      overrideQueryTimeRange: rule.lookBack
      // Ends by itself when the query finds nothing any more; excludes muteActionsDuration.
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: replace(rule.query, 'dynamic([])', 'dynamic(${string(recoveryPoints)})')
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: map(rule.dimensions, dimension => { name: dimension, operator: 'Include', values: ['*'] })
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]

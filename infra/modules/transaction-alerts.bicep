metadata description = 'Alerts on the requests that a storage account answers: throttled ones, and unusually many.'

@description('Required. Prefix of all names.')
param name string

@description('Required. Name of the existing storage account.')
param accountName string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Who is told.')
param actionGroupId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName

  resource fileService 'fileServices' existing = {
    name: 'default'
  }
}

resource throttling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-throttling-${accountName}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The file service of ${accountName} throttles. What to do: docs/operations.md, Runbook, throttling.'
    severity: 3
    enabled: true
    scopes: [account::fileService.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts/fileServices'
          metricName: 'Transactions'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          // Adaptive limits meet a refusal now and then; this many in half an hour means that they do not settle.
          threshold: 1000
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ClientAccountBandwidthThrottlingError'
                'ClientAccountRequestThrottlingError'
                'ClientShareEgressThrottlingError'
                'ClientShareIngressThrottlingError'
                'ClientShareIopsThrottlingError'
                'ClientThrottlingError'
                'ServerBusyError'
                'SuccessWithShareIopsThrottling'
                'SuccessWithThrottling'
              ]
            }
          ]
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

resource cost 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-transactions-${accountName}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Unusually many requests, which cost, at ${accountName}. What to do: docs/operations.md, Runbook, transactions.'
    severity: 3
    enabled: true
    scopes: [account::fileService.id]
    evaluationFrequency: 'PT1H'
    windowSize: 'PT1H'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'DynamicThresholdCriterion'
          name: 'requests'
          metricNamespace: 'Microsoft.Storage/storageAccounts/fileServices'
          metricName: 'Transactions'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          alertSensitivity: 'Low'
          failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3 }
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

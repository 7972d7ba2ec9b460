metadata description = 'The workbook: overview, per job, failures, performance, cost.'

@description('Required. Prefix of all names.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Workspace that is asked.')
param workspaceId string

var sections = [
  {
    name: 'overview'
    title: 'Destinations: last outcome, and how long since the last completed run'
    query: loadTextContent('../queries/workbook-overview.kql')
    visualization: 'table'
  }
  {
    name: 'outcomes'
    title: 'Runs by outcome'
    query: loadTextContent('../queries/workbook-outcomes.kql')
    visualization: 'barchart'
  }
  {
    name: 'runs'
    title: 'Runs of each job'
    query: loadTextContent('../queries/workbook-runs.kql')
    visualization: 'table'
  }
  {
    name: 'proofs'
    title: 'Proofs: drills, restores, and what verification found'
    query: loadTextContent('../queries/workbook-proofs.kql')
    visualization: 'table'
  }
  {
    name: 'failures'
    title: 'Failures'
    query: loadTextContent('../queries/workbook-failures.kql')
    visualization: 'table'
  }
  {
    name: 'performance'
    title: 'Files, and MiB copied'
    query: loadTextContent('../queries/workbook-performance.kql')
    visualization: 'timechart'
  }
  {
    name: 'cost'
    title: 'Requests, which pay-as-you-go shares charge'
    query: loadTextContent('../queries/workbook-cost.kql')
    visualization: 'barchart'
  }
]
var period = {
  type: 9
  name: 'period'
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid(name, 'period')
        version: 'KqlParameterItem/1.0'
        name: 'TimeRange'
        label: 'Period'
        type: 4
        isRequired: true
        value: { durationMs: 604800000 }
        typeSettings: {
          selectableValues: [{ durationMs: 86400000 }, { durationMs: 604800000 }, { durationMs: 2592000000 }]
        }
      }
    ]
    style: 'pills'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: '${name}: backups'
    category: 'workbook'
    sourceId: workspaceId
    version: 'Notebook/1.0'
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(
        [period],
        map(sections, section => {
          type: 3
          name: section.name
          content: {
            version: 'KqlItem/1.0'
            title: section.title
            query: section.query
            size: 0
            timeContextFromParameter: 'TimeRange'
            queryType: 0
            resourceType: 'microsoft.operationalinsights/workspaces'
            crossComponentResources: [workspaceId]
            visualization: section.visualization
          }
        })
      )
      fallbackResourceIds: [workspaceId]
    })
  }
}

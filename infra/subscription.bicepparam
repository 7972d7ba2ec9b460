// azd up, or: az deployment sub create --name farshare --location westeurope --parameters infra/subscription.bicepparam
// Both take the two regions from the environment (azd env set NAME VALUE).
using 'subscription.bicep'

param name = readEnvironmentVariable('FARSHARE_NAME', 'farshare')
param location = readEnvironmentVariable('AZURE_LOCATION')
param destinationLocation = readEnvironmentVariable('FARSHARE_DESTINATION_LOCATION')
param tags = { 'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME', 'farshare') }

param alertEmails = []

// Accounts and jobs as in the example of main.bicepparam.
param sources = []
param jobs = []

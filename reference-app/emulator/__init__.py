"""AWS on one machine: DynamoDB and Cognito, emulated on 127.0.0.1."""

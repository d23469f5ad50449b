/* Actions that are allowed on everything or not at all. */
#include "plan/plan.h"

/* Sorted. Source: Service Authorization Reference, of each service the table "Actions defined by",
 * where the column "Resource types" is empty. `*` stands for any text. */
static const struct wide {
    const char *action, *service;
} WIDE[] = {
    { "batch:DescribeJobs", "AWS Batch" },
    { "cloudwatch:GetMetricData", "Amazon CloudWatch" },
    { "cloudwatch:ListMetrics", "Amazon CloudWatch" },
    { "cloudwatch:PutMetricData", "Amazon CloudWatch" },
    { "ec2:Describe*", "Amazon EC2" },
    { "ecr:GetAuthorizationToken", "Amazon ECR" },
    { "ecs:DiscoverPollEndpoint", "Amazon ECS" },
    { "glue:GetJobBookmark", "AWS Glue" },
    { "glue:GetSecurityConfiguration", "AWS Glue" },
    { "lakeformation:GetDataAccess", "AWS Lake Formation" },
    { "logs:CreateLogDelivery", "Amazon CloudWatch Logs" },
    { "logs:DeleteLogDelivery", "Amazon CloudWatch Logs" },
    { "logs:DescribeResourcePolicies", "Amazon CloudWatch Logs" },
    { "logs:GetLogDelivery", "Amazon CloudWatch Logs" },
    { "logs:ListLogDeliveries", "Amazon CloudWatch Logs" },
    { "logs:PutResourcePolicy", "Amazon CloudWatch Logs" },
    { "logs:UpdateLogDelivery", "Amazon CloudWatch Logs" },
    { "organizations:DescribeOrganization", "AWS Organizations" },
    { "organizations:ListAccounts", "AWS Organizations" },
    { "rekognition:DetectFaces", "Amazon Rekognition" },
    { "rekognition:DetectLabels", "Amazon Rekognition" },
    { "rekognition:DetectText", "Amazon Rekognition" },
    { "s3:ListAllMyBuckets", "Amazon S3" },
    { "sts:GetCallerIdentity", "AWS Security Token Service" },
    { "textract:DetectDocumentText", "Amazon Textract" },
    { "xray:GetSamplingRules", "AWS X-Ray" },
    { "xray:GetSamplingStatisticSummaries", "AWS X-Ray" },
    { "xray:GetSamplingTargets", "AWS X-Ray" },
    { "xray:PutTelemetryRecords", "AWS X-Ray" },
    { "xray:PutTraceSegments", "AWS X-Ray" },
};

const char *plan_wide_service(struct str action)
{
    for (size_t i = 0; i < sizeof WIDE / sizeof *WIDE; i++)
        if (str_fits(str_from(WIDE[i].action), action, true))
            return WIDE[i].service;
    return NULL;
}

using Cvmfs.Net.Monitoring.StatusPage.Rules;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>One line of a rule set: this status when that holds.</summary>
public sealed record StatusCondition
{
    /// <summary>Creates the condition. An expression that cannot be read is kept with its error, and never holds.</summary>
    /// <param name="status">The status.</param>
    /// <param name="when">The expression.</param>
    public StatusCondition(ServiceStatus status, string when)
    {
        ArgumentNullException.ThrowIfNull(when);
        (Status, When) = (status, when);
        try
        {
            Expression = RuleExpression.Parse(when);
        }
        catch (RuleExpressionException odd)
        {
            Error = odd.Message;
        }
    }

    /// <summary>What the rule set says when the condition holds.</summary>
    public ServiceStatus Status { get; }

    /// <summary>The expression as written.</summary>
    public string When { get; }

    /// <summary>The expression; null where it cannot be read.</summary>
    public RuleExpression? Expression { get; }

    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? Error { get; }
}

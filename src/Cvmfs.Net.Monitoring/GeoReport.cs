namespace Cvmfs.Net.Monitoring;

/// <summary>What a server's geo API answered.</summary>
public sealed record GeoReport
{
    /// <summary>The question.</summary>
    public required GeoQuery Query { get; init; }

    /// <summary>When it was asked; an answer is kept for a while, for servers do not like this question often.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>What went wrong.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words; null without one.</summary>
    public string? Detail { get; init; }

    /// <summary>Positions from 1, nearest first; empty without a valid answer.</summary>
    public IReadOnlyList<int> Order { get; init; } = [];

    /// <summary>Whether the order is right; null without an answer, or where places are not known.</summary>
    public bool? IsRight { get; init; }

    /// <summary>Names of the hosts, nearest first; empty without a valid answer.</summary>
    public IEnumerable<string> HostsInOrder => Order.Select(position => Query.Hosts[position - 1].Name);
}

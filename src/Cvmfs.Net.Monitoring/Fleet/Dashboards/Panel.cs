namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>One picture of a dashboard.</summary>
/// <param name="Kind">stat, timeseries or table.</param>
/// <param name="Title">What it shows.</param>
/// <param name="What">How to read it.</param>
/// <param name="Unit">Unit by Grafana's id.</param>
/// <param name="Queries">Expressions, each with the text of its legend.</param>
internal sealed record Panel(string Kind, string Title, string What, string Unit, params (string Expression, string Legend)[] Queries)
{
    /// <summary>Columns, of 24.</summary>
    public int Width => Kind switch { "stat" => 4, "table" => 24, _ => 12 };

    /// <summary>Rows of the grid.</summary>
    public int Height => Kind == "stat" ? 4 : 8;

    /// <summary>Value from which a figure is red; null for none.</summary>
    public double? Bad { get; init; }

    /// <summary>Whether it is red below that instead.</summary>
    public bool IsBadBelow { get; init; }

    public static Panel Stat(string title, string what, string unit, string expression) => new("stat", title, what, unit, (expression, ""));

    public static Panel Graph(string title, string what, string unit, params (string Expression, string Legend)[] queries) => new("timeseries", title, what, unit, queries);

    public static Panel Table(string title, string what, string unit, string expression) => new("table", title, what, unit, (expression, ""));
}

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What is written, and under which names.</summary>
public sealed record StatusPageFolderOptions
{
    /// <summary>File of the page. Default <c>index.html</c>.</summary>
    public string HtmlFile { get; init; } = "index.html";

    /// <summary>File of the JSON. Default <c>status.json</c>.</summary>
    public string JsonFile { get; init; } = "status.json";

    /// <summary>File of the metrics; null for none. The usual name is <c>metrics</c>.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>Which metrics. Default: those of the EESSI page.</summary>
    public StatusPageFolderMetrics Metrics { get; init; } = StatusPageFolderMetrics.Eessi;

    /// <summary>Whether metrics carry the time of the run. Default false.</summary>
    public bool MetricsTimestamps { get; init; }

    /// <summary>Whether <c>repositories_status</c> is always 0, as the EESSI page has it. Default false.</summary>
    public bool StrictMetrics { get; init; }

    /// <summary>Whether style, script and template are written anew although they were edited. Default false.</summary>
    public bool ForceResources { get; init; }

    /// <summary>Whether the JSON has the whole configuration. Default false.</summary>
    public bool PublishConfiguration { get; init; }

    /// <summary>Whether the page shows errors and administrators. Default false.</summary>
    public bool ShowPrivate { get; init; }
}

/// <summary>Which metrics are written.</summary>
public enum StatusPageFolderMetrics
{
    /// <summary>Those of the EESSI status page.</summary>
    Eessi,

    /// <summary>Those of this prober, all beginning with <c>cvmfs_probe_</c>.</summary>
    Native,

    /// <summary>Both, one behind the other.</summary>
    Both,
}

using Cvmfs.Net.Server.Connections;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Server.Health;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Server.ReadThrough;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>What a Stratum 0 or 1 serves: objects, root files, what is known about them. Thread-safe.</summary>
/// <remarks>Made by <see cref="CvmfsServerServices.AddCvmfsServer"/>, or by <see cref="CvmfsEndpoints.MapCvmfs(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder, CvmfsServerOptions)"/>
/// where that was not called. The meter is called <c>Cvmfs.Net.Server</c>.</remarks>
public sealed class CvmfsServer : IAsyncDisposable
{
    private readonly ServerMetrics _metrics = new();
    private readonly ServedContent _content;
    private readonly Upstreams _upstreams;
    private readonly GeoEndpoint? _geo;

    /// <summary>Makes a server; looks at nothing yet.</summary>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <param name="time">Clock; the system's where null.</param>
    /// <param name="loggers">Where it logs; nowhere where null.</param>
    /// <exception cref="OptionsValidationException">A setting is missing or out of its range.</exception>
    public CvmfsServer(CvmfsServerOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var validation = new CvmfsServerOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException(nameof(CvmfsServerOptions), typeof(CvmfsServerOptions), validation.Failures);

        Options = options;
        time ??= TimeProvider.System;
        var logger = loggers?.CreateLogger("Cvmfs.Net.Server") ?? (ILogger)NullLogger.Instance;
        var headers = new ContentHeaders(options, time);
        _content = new ServedContent(options, time, logger, _metrics);
        _upstreams = new Upstreams(options, time, logger, _metrics);
        LoopServices = new LoopServices(_content, headers, _upstreams, _metrics, time, logger);
        _geo = GeoEndpoint.Create(options.Geo, time, logger);
        var inventory = new RepositoryInventory(options, time, logger);
        ContentEndpoint = new ContentEndpoint(
            _content, headers, new ContentResponder(headers, options.PieceBytes, logger), new InfoResponder(inventory, options, time, logger), _geo, _upstreams, _metrics);
        HealthEndpoint = new HealthEndpoint(inventory, new HealthJudge(_content, time), _upstreams);
    }

    internal CvmfsServerOptions Options { get; }

    internal ServerMetrics Metrics => _metrics;

    internal LoopServices LoopServices { get; }

    internal ContentEndpoint ContentEndpoint { get; }

    internal HealthEndpoint HealthEndpoint { get; }

    /// <summary>Says that manifest or whitelist of a repository have changed on disk: the next request for them looks. For a replicator in this process,
    /// whose revisions are then served without delay.</summary>
    /// <param name="alias">The repository; null for all.</param>
    public void Refresh(string? alias = null) => _content.Refresh(alias);

    /// <summary>Ends what runs for the server: fetches from upstreams, the location database.</summary>
    public async ValueTask DisposeAsync()
    {
        await _upstreams.DisposeAsync().ConfigureAwait(false);
        _geo?.Dispose();
        _metrics.Dispose();
    }
}

using System.Collections.Concurrent;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Scheduling;
using Cvmfs.Net.Server;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging;
using Stratum1Replicator.Configuration;
using Stratum1Replicator.Operation;

namespace Stratum1Replicator.Tests;

/// <summary>Maintenance by a clock that stands still until the test moves it, on a replica that lies where its upstream does.</summary>
public sealed class MaintenanceServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_waits_for_its_window_and_then_for_its_interval()
    {
        await using var setup = await Setup.CreateAsync(new MaintenanceOptions { CheckWindow = "02:00-05:00", CheckEvery = TimeSpan.FromDays(2), ScrubEvery = TimeSpan.Zero });
        while (setup.ChecksBegun.Count < 3)
        {
            await setup.Clock.WhenTimersAsync(1); // of whoever waits, or of a check that is under way
            await setup.Replica.Maintenance;
            Assert.True(setup.Clock.GetUtcNow() < setup.Start.AddDays(8), "too little was checked");
            setup.Clock.Advance(TimeSpan.FromMinutes(30));
        }

        DateTimeOffset[] begun = [.. setup.ChecksBegun];
        Assert.All(begun, time => Assert.InRange(TimeZoneInfo.ConvertTime(time, setup.Clock.LocalTimeZone).Hour, 2, 4));
        Assert.InRange(begun[1] - begun[0], TimeSpan.FromDays(2), TimeSpan.FromDays(2.5));
        Assert.InRange(begun[2] - begun[1], TimeSpan.FromDays(2), TimeSpan.FromDays(2.5));
    }

    [Fact]
    public async Task Nothing_begins_on_a_replica_whose_snapshot_runs()
    {
        await using var setup = await Setup.CreateAsync(new MaintenanceOptions { CheckEvery = TimeSpan.FromDays(1) }, isRunning: false);
        Assert.NotEmpty(setup.Candidates());
        setup.Replica.Activity.BeginSnapshot(setup.Clock.GetUtcNow());
        Assert.All(setup.Candidates(), candidate => Assert.True(candidate.IsHeldUp));
    }

    [Fact]
    public async Task Garbage_is_collected_only_where_both_publisher_and_operator_want_it()
    {
        await using var willing = await Setup.CreateAsync(new MaintenanceOptions(), isRunning: false, collects: true, isCollectable: true);
        Assert.Contains(willing.Candidates(), candidate => candidate.Kind == MaintenanceKind.Collection);
        await using var operatorOnly = await Setup.CreateAsync(new MaintenanceOptions(), isRunning: false, collects: true);
        Assert.DoesNotContain(operatorOnly.Candidates(), candidate => candidate.Kind == MaintenanceKind.Collection);
        await using var publisherOnly = await Setup.CreateAsync(new MaintenanceOptions(), isRunning: false, isCollectable: true);
        Assert.DoesNotContain(publisherOnly.Candidates(), candidate => candidate.Kind == MaintenanceKind.Collection);
    }

    private sealed class Setup : IAsyncDisposable
    {
        private readonly BuiltRepository _repository;
        private readonly MaintenanceOptions _options;
        private readonly BeginningLog _log;
        private readonly LoggerFactory _loggers;
        private readonly CvmfsServer _server;
        private readonly ReplicaHost _host;
        private readonly MaintenanceService _service;

        private Setup(BuiltRepository repository, MaintenanceOptions options)
        {
            (_repository, _options) = (repository, options);
            Clock = new FakeClock(repository.Clock.GetUtcNow());
            _log = new BeginningLog(Clock);
            _loggers = new LoggerFactory([_log]);
            _server = new CvmfsServer(new CvmfsServerOptions { RootFolder = repository.ServerRoot });
            _host = new ReplicaHost(new LimitOptions(), _server, Clock, _loggers);
            _service = new MaintenanceService(_host, options, Clock, _loggers);
        }

        public FakeClock Clock { get; }

        public DateTimeOffset Start { get; private set; }

        public ConcurrentQueue<DateTimeOffset> ChecksBegun => _log.ChecksBegun;

        public HostedReplica Replica => _host.Replicas[0];

        public static async Task<Setup> CreateAsync(MaintenanceOptions options, bool isRunning = true, bool collects = false, bool isCollectable = false)
        {
            var builder = new RepositoryBuilder().File("/f", "1");
            var setup = new Setup(await (isCollectable ? builder.GarbageCollectable() : builder).BuildAsync(), options);
            setup.Start = setup.Clock.GetUtcNow();
            string name = setup._repository.Name.ToString();
            var replication = new ReplicationOptions { Repository = name, Upstream = setup._repository.Path, StorageFolder = setup._repository.Path };
            var settings = new ReplicaSettings { Alias = name, Origin = "", Fingerprint = "", Options = replication, Keys = setup._repository.TrustedKeys, Collects = collects };
            await setup._host.ApplyAsync([settings], Token);
            if (isRunning) await setup._service.StartAsync(Token);
            return setup;
        }

        public IEnumerable<MaintenanceCandidate> Candidates() => MaintenanceService.Candidates(_host.Replicas, _options);

        public async ValueTask DisposeAsync()
        {
            await _service.StopAsync(CancellationToken.None);
            await _host.StopAsync(CancellationToken.None);
            _service.Dispose();
            _host.Dispose();
            await _server.DisposeAsync();
            _loggers.Dispose();
            _repository.Dispose();
        }
    }

    /// <summary>Remembers when checks began, by the test's clock.</summary>
    private sealed class BeginningLog(TimeProvider clock) : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<DateTimeOffset> ChecksBegun { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).EndsWith("check begins", StringComparison.Ordinal)) ChecksBegun.Enqueue(clock.GetUtcNow());
        }

        public void Dispose()
        {
        }
    }
}

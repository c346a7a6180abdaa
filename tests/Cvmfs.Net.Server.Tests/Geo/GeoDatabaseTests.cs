using System.Net;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Testing.Geo;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class GeoDatabaseTests : IDisposable
{
    private static readonly IPAddress s_address = IPAddress.Parse("192.0.2.1");

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly Log _log = new();
    private readonly GeoDatabase _database;

    public GeoDatabaseTests() => _database = new GeoDatabase(_folder.Combine("geo.mmdb"), TimeSpan.FromSeconds(5), _clock, _log);

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task A_broken_file_leaves_the_old_one_in_use_and_is_said_once()
    {
        Replace(1);
        Assert.Equal(1, await LatitudeAsync());
        foreach (byte[] broken in (byte[][])[[], "no database"u8.ToArray(), .. Prefixes(Sample(2), 5)])
        {
            _log.Errors.Clear();
            Replace(broken);
            Assert.Equal(1, await LatitudeAsync());
            Assert.Equal(1, await LatitudeAsync());
            Assert.Single(_log.Errors);
        }

        Replace(3);
        Assert.Equal(3, await LatitudeAsync());
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task A_request_in_flight_keeps_the_database_it_began_with()
    {
        Replace(1);
        using var began = await _database.BorrowAsync(TestContext.Current.CancellationToken);
        Replace(2);
        Assert.Equal(2, await LatitudeAsync());
        Assert.Equal(1, began.Locate(s_address)!.Value.Latitude);
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_is_another_database_and_one_to_none_turns_it_off()
    {
        var same = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (int n in (int[])[1, 2]) File.SetLastWriteTimeUtc(_folder.Write($"{n}.mmdb", Sample(n)), same);
        Link("1.mmdb");
        Assert.Equal(1, await LatitudeAsync());
        Link("2.mmdb");
        Assert.Equal(2, await LatitudeAsync());
        Link("gone.mmdb"); // being replaced, perhaps
        Assert.Equal(2, await LatitudeAsync());
        Link("NONE");
        Assert.Null(await LatitudeAsync());
        Link("1.mmdb");
        Assert.Equal(1, await LatitudeAsync());

        void Link(string target)
        {
            File.Delete(_folder.Combine("geo.mmdb"));
            File.CreateSymbolicLink(_folder.Combine("geo.mmdb"), target);
            _clock.Advance(TimeSpan.FromSeconds(6));
        }
    }

    [Fact]
    public async Task A_database_may_come_later_than_the_server()
    {
        Assert.Null(await LatitudeAsync());
        Replace(1);
        Assert.Equal(1, await LatitudeAsync());
    }

    [Fact]
    public async Task A_broken_record_is_unknown_and_said_once()
    {
        Replace(new LocationDatabaseWriter().AddRaw("192.0.2.0/24", [0x20, 0x00]).ToBytes());
        Assert.Null(await LatitudeAsync());
        Assert.Null(await LatitudeAsync());
        Assert.Contains("record", Assert.Single(_log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 86)]
    public async Task Look_ups_go_on_while_files_are_replaced()
    {
        Replace(1);
        using var ended = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!ended.IsCancellationRequested)
                {
                    using var lease = await _database.BorrowAsync(CancellationToken.None);
                    Assert.InRange(lease.Locate(s_address)!.Value.Latitude, 1, 80);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();
        for (int n = 2; n <= 80; n++)
        {
            Replace(n);
            Assert.InRange((await LatitudeAsync())!.Value, 1, n);
        }

        await ended.CancelAsync();
        await Task.WhenAll(readers);
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(80, await LatitudeAsync());
    }

    private static byte[] Sample(double latitude) => new LocationDatabaseWriter().Add("192.0.2.0/24", latitude, 0).ToBytes();

    private static IEnumerable<byte[]> Prefixes(byte[] bytes, int count) => Enumerable.Range(1, count).Select(n => bytes[..(bytes.Length * n / (count + 1))]);

    private void Replace(double latitude) => Replace(Sample(latitude));

    private void Replace(byte[] bytes)
    {
        string next = _folder.Write("next", bytes);
        File.SetLastWriteTimeUtc(next, _clock.GetUtcNow().UtcDateTime); // the file system's clock may not tick between two files
        File.Move(next, _folder.Combine("geo.mmdb"), overwrite: true);
        _clock.Advance(TimeSpan.FromSeconds(6));
    }

    private async Task<double?> LatitudeAsync()
    {
        using var lease = await _database.BorrowAsync(TestContext.Current.CancellationToken);
        return lease.Locate(s_address)?.Latitude;
    }

    private sealed class Log : ILogger
    {
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error) Errors.Add(formatter(state, exception));
        }
    }
}

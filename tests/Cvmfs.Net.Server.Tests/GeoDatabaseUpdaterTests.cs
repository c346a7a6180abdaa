using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Testing.Geo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server.Tests;

public sealed class GeoDatabaseUpdaterTests : IAsyncLifetime
{
    private const string Key = "s3cret-key";

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero)); // a Sunday
    private readonly GeoUpdateOptions _options = new() { AccountId = "4711", LicenseKey = Key, SystemDatabaseFile = null };
    private readonly List<(string Path, string Query, string? Authorization)> _asked = [];
    private readonly StringWriter _log = new();
    private WebApplication _publisher = null!;
    private Func<HttpContext, Task> _answer = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Database => _folder.Combine("geo/GeoLite2-City.mmdb");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _publisher = builder.Build();
        _publisher.Run(context =>
        {
            _asked.Add((context.Request.Path, context.Request.QueryString.Value ?? "", context.Request.Headers.Authorization));
            return _answer(context);
        });
        await _publisher.StartAsync(Cancelled);
        _options.Folder = _folder.Combine("geo");
        _options.Source = new Uri(_publisher.Urls.Single() + "/databases");
        _answer = context => context.Response.Body.WriteAsync(Archive(1)).AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        Assert.DoesNotContain(Key, _log.ToString(), StringComparison.Ordinal);
        await _publisher.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    [Conforms("stratum1", 95)]
    public async Task Fetches_checks_and_shows_a_database_and_says_its_date()
    {
        var info = InfoFolder.Below(_folder.Combine("srv"));
        info.WriteRepositories(new RepositoriesDocument { Replicas = [new RepositoryListing { Name = RepositoryName.Parse("a.example.org") }] });
        _options.InfoFolder = info.Location;

        var report = await UpdateAsync();

        Assert.Equal((GeoUpdateOutcome.Updated, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), (report.Outcome, report.BuiltAt));
        Assert.Equal(1, await LatitudeAsync());
        string credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"4711:{Key}"));
        Assert.Equal([("/databases/GeoLite2-City/download", "?suffix=tar.gz", $"Basic {credentials}")], _asked);
        Assert.Equal(CvmfsDate.Format(File.GetLastWriteTimeUtc(Database)), info.ReadRepositories()!.LastGeoDbUpdate!.Text);
        Assert.Equal([".last_attempt_day", "GeoLite2-City.mmdb"], Files());
        Assert.Equal("326\n", await File.ReadAllTextAsync(_folder.Combine("geo/.last_attempt_day"), Cancelled));
    }

    [Fact]
    public async Task A_redirection_is_followed_and_not_told_the_key()
    {
        _answer = context =>
        {
            if (context.Request.Path == "/elsewhere") return context.Response.Body.WriteAsync(Archive(2)).AsTask();
            context.Response.Redirect("/elsewhere?signature=x");
            return Task.CompletedTask;
        };
        Assert.Equal(GeoUpdateOutcome.Updated, (await UpdateAsync()).Outcome);
        Assert.Equal(2, await LatitudeAsync());
        Assert.Equal(2, _asked.Count);
        Assert.Null(_asked[1].Authorization);
    }

    [Fact]
    public async Task What_is_wrong_leaves_the_old_database_and_no_files()
    {
        await UpdateAsync();
        byte[] good = Archive(2);
        (Func<HttpContext, Task> Answer, GeoUpdateOutcome Outcome)[] cases =
        [
            (Status(401), GeoUpdateOutcome.DownloadFailed),
            (Status(500), GeoUpdateOutcome.DownloadFailed),
            (context => { context.Abort(); return Task.CompletedTask; }, GeoUpdateOutcome.DownloadFailed),
            (Announced(good, good.Length + 10), GeoUpdateOutcome.DownloadFailed),
            (Sends([]), GeoUpdateOutcome.ExtractFailed),
            (Sends("<html>sign in</html>"u8.ToArray()), GeoUpdateOutcome.ExtractFailed),
            (Sends(good[..(good.Length / 2)]), GeoUpdateOutcome.ExtractFailed),
            (Sends(Archive([], "GeoLite2-City.mmdb")), GeoUpdateOutcome.ExtractFailed),
            (Sends(Archive("no database"u8.ToArray(), "GeoLite2-City.mmdb")), GeoUpdateOutcome.ExtractFailed),
            (Sends(Archive(Sample(2), "GeoLite2-ASN.mmdb")), GeoUpdateOutcome.ExtractFailed),
        ];
        foreach (var (answer, outcome) in cases)
        {
            _answer = answer;
            var report = await UpdateAsync();
            Assert.Equal((outcome, false), (report.Outcome, report.Succeeded));
            Assert.DoesNotContain(Key, report.Message, StringComparison.Ordinal);
            Assert.Equal(1, await LatitudeAsync());
            Assert.Equal([".last_attempt_day", "GeoLite2-City.mmdb"], Files());
        }
    }

    [Fact]
    public async Task A_publisher_that_says_nothing_is_given_up_after_a_minute()
    {
        var reached = new TaskCompletionSource();
        _answer = async context =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var updating = UpdateAsync();
        await reached.Task;
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(GeoUpdateOutcome.DownloadFailed, (await updating).Outcome);
    }

    [Fact]
    public async Task Lazily_it_tries_once_a_day_and_only_when_it_is_time()
    {
        Assert.Equal(GeoUpdateOutcome.Updated, (await UpdateAsync(lazily: true)).Outcome); // none yet
        File.SetLastWriteTimeUtc(Database, _clock.GetUtcNow().UtcDateTime);
        var outcomes = new List<string>();
        _answer = Status(503);
        for (int hour = 0; hour < 40 * 24; hour++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
            if ((await UpdateAsync(lazily: true)).Outcome != GeoUpdateOutcome.NotDue) outcomes.Add($"{_clock.GetUtcNow():MM-dd HH}");
        }

        // The Tuesday after 14 days from ten o'clock on, the next one, and every day once 28 days have passed.
        Assert.Equal(["12-08 10", "12-15 10", "12-20 13", "12-21 00", "12-22 00", "12-23 00"], outcomes.Take(6));
        Assert.Equal(GeoUpdateOutcome.DownloadFailed, (await UpdateAsync()).Outcome); // asked for: at once
    }

    [Fact]
    public async Task A_database_that_others_keep_is_linked_to()
    {
        _options.DatabaseFile = _folder.Write("theirs.mmdb", Sample(3));
        Assert.Equal(GeoUpdateOutcome.Linked, (await UpdateAsync()).Outcome);
        Assert.Equal(3, await LatitudeAsync());
        _options.DatabaseFile = GeoUpdateOptions.Off;
        Assert.Equal(GeoUpdateOutcome.Linked, (await UpdateAsync()).Outcome);
        Assert.Equal("NONE", new FileInfo(Database).LinkTarget);
        (_options.DatabaseFile, _options.LicenseKey, _options.SystemDatabaseFile) = (null, null, _folder.Write("system.mmdb", Sample(4)));
        Assert.Equal(GeoUpdateOutcome.Linked, (await UpdateAsync(lazily: true)).Outcome);
        Assert.Equal(4, await LatitudeAsync());
        Assert.Empty(_asked);

        // With a key again, the link gives way to a file.
        _options.LicenseKey = Key;
        Assert.Equal(GeoUpdateOutcome.Updated, (await UpdateAsync(lazily: true)).Outcome);
        Assert.Null(new FileInfo(Database).LinkTarget);
        Assert.Equal(1, await LatitudeAsync());
    }

    [Fact]
    public async Task Without_credentials_or_a_folder_it_says_so()
    {
        _options.AccountId = null;
        Assert.Equal(GeoUpdateOutcome.NotConfigured, (await UpdateAsync()).Outcome);
        _options.AccountId = "4711";
        _options.Folder = Path.Combine(_folder.Write("file", []), "below");
        Assert.Equal(GeoUpdateOutcome.NotWritable, (await UpdateAsync()).Outcome);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("http://example.org/databases")]
    [InlineData("ftp://example.org/databases")]
    [InlineData("databases")]
    public void Sends_no_key_in_plain_text(string source)
    {
        _options.Source = new Uri(source, UriKind.RelativeOrAbsolute);
        Assert.Throws<OptionsValidationException>(() => new GeoDatabaseUpdater(_options));
    }

    private static byte[] Sample(double latitude) => new LocationDatabaseWriter().Add("192.0.2.0/24", latitude, 0).ToBytes();

    private static byte[] Archive(double latitude) => Archive(Sample(latitude), "GeoLite2-City.mmdb");

    private static byte[] Archive(byte[] database, string name)
    {
        var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var entries = new TarWriter(zipped))
        {
            entries.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "GeoLite2-City_20260101/"));
            entries.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "GeoLite2-City_20260101/LICENSE.txt") { DataStream = new MemoryStream([1, 2, 3]) });
            entries.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "../../" + name) { DataStream = new MemoryStream(database) });
        }

        return bytes.ToArray();
    }

    private static Func<HttpContext, Task> Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static Func<HttpContext, Task> Sends(byte[] body) => context => context.Response.Body.WriteAsync(body).AsTask();

    private static Func<HttpContext, Task> Announced(byte[] body, long length) => async context =>
    {
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync(body);
        context.Abort();
    };

    private IEnumerable<string> Files() => _folder.Files().Where(file => file.StartsWith("geo/", StringComparison.Ordinal)).Select(file => file["geo/".Length..]);

    private async Task<GeoUpdateReport> UpdateAsync(bool lazily = false)
    {
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(new TextLog(_log)).SetMinimumLevel(LogLevel.Trace));
        using var updater = new GeoDatabaseUpdater(_options, time: _clock, loggers: loggers);
        return await updater.UpdateAsync(lazily, Cancelled);
    }

    private async Task<double> LatitudeAsync()
    {
        var database = await MaxMindDatabase.OpenAsync(Database, Cancelled);
        double latitude = database.Locate(IPAddress.Parse("192.0.2.1"))!.Value.Latitude;
        database.Retire();
        return latitude;
    }

    private sealed class TextLog(StringWriter text) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => text.WriteLine($"{formatter(state, exception)} {exception}");
    }
}

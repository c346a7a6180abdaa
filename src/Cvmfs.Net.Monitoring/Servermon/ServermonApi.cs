// servermon's API, as collectors of the field poll it:
//
//   /cvmfsmon/api/v1.0/all&format=status ─► ServermonRequest ─► ServermonSettings (file, once a minute) ─┬─► ServermonTests ───────┬─► text or JSON
//                                                                                                            └─► ServermonStrictTests ─┘
//
// Must stay true
//   - Servers are named by alias; an address in a request leads nowhere.
//   - A test that cannot be made in time is critical; the others are told all the same.
using System.Buffers;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Scraping;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>Answers requests to servermon's API by asking the server there and then. Safe for concurrent use; dispose it to close connections.</summary>
public sealed class ServermonApi : IDisposable
{
    private const int RequestsAtATime = 8;
    private const int AnswersAtATime = 4;

    private readonly ServermonOptions _options;
    private readonly ScraperOptions _scraping;
    private readonly ServermonSettings _settings;
    private readonly Dialer _dialer;
    private readonly HttpMessageInvoker _invoker;
    private readonly SemaphoreSlim _slots = new(AnswersAtATime);

    /// <summary>Creates the API; contacts nobody yet.</summary>
    public ServermonApi(ServermonOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Budget, TimeSpan.Zero, nameof(options));
        _options = options;
        _scraping = options.Scraping with { MaxRequestsPerServer = RequestsAtATime };
        _settings = new ServermonSettings(options.ConfigurationFile, options.Fleet, _scraping.TimeProvider, options.Warn ?? (static _ => { }));
        _dialer = new Dialer(_scraping);
        _invoker = new HttpMessageInvoker(_scraping.Handler ?? _dialer.CreateHandler(), disposeHandler: _scraping.Handler is null);
    }

    /// <summary>Answers one request.</summary>
    /// <param name="path">Path with the parameters that servermon has in it.</param>
    /// <param name="query">The real query; null for none. Its parameters count as well.</param>
    /// <param name="acceptsJson">Whether the client named JSON as welcome; then details are labelled as what they are.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ServermonResponse> AnswerAsync(string path, string? query = null, bool acceptsJson = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (ServermonRequest.Parse(path, query) is not { } request) return Refuse(400, "malformed request: expected /cvmfsmon/api/v1.0/<test>[&server=<alias>][&format=list|status|details][&strict=1]");
        var settings = _settings.Current;
        if (!settings.Aliases.TryGetValue(request.Server, out var target)) return Refuse(400, $"unrecognized server alias {request.Server}");
        var tests = request.Test switch
        {
            "all" => ServermonConfiguration.Tests.Concat(request.IsStrict ? ServermonConfiguration.StrictTests : []).Where(test => !settings.DisabledTests.Contains(test)).ToHashSet(),
            "ok" => ["ok"],
            var one when ServermonConfiguration.Tests.Contains(one) || ServermonConfiguration.StrictTests.Contains(one) => [one], // disabled or not
            _ => null,
        };
        if (tests is null) return Refuse(400, $"unrecognized montests: {request.Test}");

        long start = _scraping.TimeProvider.GetTimestamp();
        using var limit = new CancellationTokenSource(_options.Budget, _scraping.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _slots.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Refuse(502, $"{target.InfoUrl} error: timeout");
        }

        try
        {
            using var client = new EndpointClient(_invoker, _dialer, _scraping, either.Token, cancellationToken);
            var run = new ServermonTests(client, settings, target, _scraping.TimeProvider);
            var (listing, error) = await run.ListAsync().ConfigureAwait(false);
            if (listing is null) return Refuse(502, $"{target.InfoUrl} error: {error}");
            var found = await run.RunAsync(tests, listing).ConfigureAwait(false);
            var left = _options.Budget - _scraping.TimeProvider.GetElapsedTime(start);
            var ours = await new ServermonStrictTests(_options, settings, target, listing).RunAsync(tests, request.Server == "local", left, cancellationToken).ConfigureAwait(false);
            List<ServermonResult> results = [.. found.Concat(ours).OrderBy(one => one.Repository, StringComparer.Ordinal)];
            return request.Format switch
            {
                "status" => Text(Name(results.Select(result => result.Status).DefaultIfEmpty().Max()) + "\n"),
                "details" => new ServermonResponse(200, acceptsJson ? "application/json" : "text/plain", Details(results)),
                _ => Text(List(results)),
            };
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _invoker.Dispose();
        _slots.Dispose();
    }

    private static ServermonResponse Text(string body) => new(200, "text/plain", body);

    private static ServermonResponse Refuse(int status, string why) => new(status, null, why + "\n");

    private static string List(IReadOnlyList<ServermonResult> results)
    {
        var text = new StringBuilder();
        var worst = results.GroupBy(result => result.Repository).Select(group => (Repository: group.Key, Status: group.Max(result => result.Status))).ToList();
        foreach (var group in worst.GroupBy(one => one.Status).OrderByDescending(group => group.Key))
        {
            text.Append(Name(group.Key)).Append(':').AppendJoin(',', group.Select(one => one.Repository).Order(StringComparer.Ordinal)).Append('\n');
        }

        return text.ToString();
    }

    private static string Details(IReadOnlyList<ServermonResult> results)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var status in results.GroupBy(result => result.Status).OrderByDescending(group => group.Key))
            {
                json.WriteStartObject(Name(status.Key));
                foreach (var test in status.GroupBy(result => result.Test).OrderBy(group => group.Key, StringComparer.Ordinal))
                {
                    json.WriteStartArray(test.Key);
                    foreach (var result in test)
                    {
                        json.WriteStartObject();
                        json.WriteString("msg", result.Message);
                        json.WriteString("repo", result.Repository);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static string Name(ServermonStatus status) => status switch
    {
        ServermonStatus.Ok => "OK",
        ServermonStatus.Warning => "WARNING",
        _ => "CRITICAL",
    };
}

using System.Text.Json;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Manifests and whitelists on disk, so that a restart neither shows older ones nor loses those that stand in for a failing server.</summary>
/// <remarks>Small and written whole: at once for a new revision, otherwise once a minute, by one writer at a time. A folder that cannot be
/// written costs nothing but this.</remarks>
internal sealed class KeptRootFiles(string? folder, ProxyDocumentOptions options, StorageFiles files, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private const string FileName = "documents.json";
    private const int MaxFileBytes = 256 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly RootFolder? _folder = folder is null ? null : new(Path.Combine(folder, "documents"));
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly Lock _lock = new();
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;
    private bool _again;
    private long _written = clock.GetTimestamp();

    /// <summary>What an earlier run left, as far as it can be read and is not too old to matter.</summary>
    public IReadOnlyList<(string Name, CachedDocument Document)> Load()
    {
        var found = new List<(string, CachedDocument)>();
        if (_folder is null) return found;
        try
        {
            if (!File.Exists(Path.Combine(_folder.Location, FileName))) return found;
            using var stream = File.OpenRead(Path.Combine(_folder.Location, FileName));
            if (stream.Length > MaxFileBytes) return found;
            using var json = JsonDocument.Parse(stream);
            foreach (var entry in json.RootElement.GetProperty("documents").EnumerateArray())
            {
                if (Read(entry) is { } document) found.Add(document);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            logger.DocumentsUnreadable(_folder.Location, unreadable);
        }

        return found;
    }

    /// <summary>Notes a change. Writes in the background where it matters now.</summary>
    /// <param name="documents">Gives what is held.</param>
    /// <param name="isNew">Whether there is another revision than before, rather than a later look at the same.</param>
    public void Changed(Func<IReadOnlyList<(string Name, CachedDocument Document)>> documents, bool isNew)
    {
        if (_folder is null) return;
        lock (_lock)
        {
            if (!isNew && clock.GetElapsedTime(_written) < Pause) return;
            _written = clock.GetTimestamp();
            _again = _isWriting;
            if (_isWriting) return;
            _isWriting = true;
            _writing = WriteAsync(documents);
        }
    }

    /// <summary>Writes everything now.</summary>
    public async Task SaveAsync(IReadOnlyList<(string Name, CachedDocument Document)> documents)
    {
        if (_folder is null) return;
        await _writer.WaitAsync().ConfigureAwait(false);
        try
        {
            files.MakeFolder(_folder.Location);
            await _folder.ReplaceAsync(FileName, Serialize(documents)).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            logger.StoreFailed(_folder.Location, refused);
        }
        finally
        {
            _writer.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task writing;
        lock (_lock) writing = _writing;
        await writing.ConfigureAwait(false);
        _writer.Dispose();
    }

    private async Task WriteAsync(Func<IReadOnlyList<(string Name, CachedDocument Document)>> documents)
    {
        await Task.Yield(); // not under the lock
        for (bool more = true; more;)
        {
            await SaveAsync(documents()).ConfigureAwait(false);
            lock (_lock) (more, _again, _isWriting) = (_again, false, _again);
        }
    }

    private byte[] Serialize(IReadOnlyList<(string Name, CachedDocument Document)> documents)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var now = clock.GetUtcNow();
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteStartArray("documents");
            foreach (var (name, document) in documents.Where(static entry => entry.Document.Serial is not null))
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("kind", document.Kind == RequestKind.Manifest ? "manifest" : "whitelist");
                json.WriteString("arrived", now - clock.GetElapsedTime(document.ArrivedAt));
                json.WriteNumber("age", document.AgeOnArrival.TotalSeconds);
                json.WriteNumber("life", document.Lifetime.Life.TotalSeconds);
                json.WriteNumber("ifError", document.Lifetime.IfError.TotalSeconds);
                if (document.ContentType is { } type) json.WriteString("type", type);
                if (document.CacheControl is { } control) json.WriteString("cacheControl", control);
                json.WriteBase64String("body", document.Body.Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private (string Name, CachedDocument Document)? Read(JsonElement entry)
    {
        string name = entry.GetProperty("name").GetString()!;
        var request = RequestClassifier.Classify(name.StartsWith('/') ? name : "http://" + name);
        byte[] body = entry.GetProperty("body").GetBytesFromBase64();
        if (request is not { Kind: RequestKind.Manifest or RequestKind.Whitelist } || body.Length > options.MaxDocumentBytes) return null;
        var elapsed = clock.GetUtcNow() - entry.GetProperty("arrived").GetDateTimeOffset();
        if (elapsed < TimeSpan.Zero) elapsed = TimeSpan.Zero; // the clock was set back
        if (elapsed > options.RollbackHold && elapsed > options.StaleIfError + options.RootFileLifetime) return null;
        try
        {
            return (name, new CachedDocument
            {
                Kind = request.Kind,
                Repository = request.Repository,
                Status = 200,
                Body = body,
                ContentType = UpstreamAnswer.ShownOf(Text(entry, "type")),
                CacheControl = UpstreamAnswer.ShownOf(Text(entry, "cacheControl")),
                AgeOnArrival = Seconds(entry, "age"),
                ArrivedAt = clock.GetTimestamp() - (long)(elapsed.TotalSeconds * clock.TimestampFrequency),
                Lifetime = new DocumentLifetime(Least(Seconds(entry, "life"), options.RootFileLifetime), default, Least(Seconds(entry, "ifError"), options.StaleIfError), options.RefreshFrom),
                Serial = DocumentCheck.Read(request, body, name),
            });
        }
        catch (CvmfsFormatException damaged)
        {
            logger.NotTheDocument(name, damaged);
            return null;
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Seconds(JsonElement entry, string name) => TimeSpan.FromSeconds(entry.GetProperty(name).GetDouble());

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var text) ? text.GetString() : null;
}

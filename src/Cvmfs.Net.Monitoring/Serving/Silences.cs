using System.Buffers;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Diagnostics;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Planned work that no fleet file has: from a file, and told to the running monitor.</summary>
internal sealed class Silences(MonitorDatabase database, string? file, TimeProvider clock, ILogger logger)
{
    private readonly Lock _gate = new();
    private IReadOnlyList<MaintenanceWindow> _fromFile = [];
    private IReadOnlyList<MaintenanceWindow> _told = [];
    private DateTime _stamp;

    /// <summary>All that are not over.</summary>
    public IReadOnlyList<MaintenanceWindow> Current()
    {
        lock (_gate)
        {
            if (file is not null) Look(file);
            try
            {
                _told = [.. database.ReadSilences(clock.GetUtcNow()).SelectMany(silence => Read(silence.Document, silence.Id))];
            }
            catch (Exception failed) when (failed is IOException or CvmfsFormatException)
            {
                LogMessages.HistoryFailed(logger, failed.Message); // those of the last time hold: a disk that fails must not stop the rounds
            }

            return [.. _fromFile, .. _told];
        }
    }

    /// <summary>Adds one.</summary>
    /// <param name="json">An object as in the key <c>maintenance</c>; without <c>from</c> it begins now.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="CvmfsFormatException">It is no such object.</exception>
    public string Add(ReadOnlyMemory<byte> json)
    {
        byte[] document = Complete(json);
        var window = Read(document, "silence").Single();
        string id = Guid.NewGuid().ToString("n")[..12];
        database.PutSilence(id, window, document);
        return id;
    }

    /// <summary>Ends one.</summary>
    /// <returns>False where there is none of that id.</returns>
    public bool Remove(string id) => database.RemoveSilence(id);

    /// <summary>Those that were told, by id, as JSON.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (id, document) in database.ReadSilences(clock.GetUtcNow()))
            {
                using var list = JsonDocument.Parse(document);
                json.WritePropertyName(id);
                list.RootElement[0].WriteTo(json);
            }

            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private byte[] Complete(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new CvmfsFormatException("silence", "is no object.");
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartArray();
                writer.WriteStartObject();
                if (!document.RootElement.TryGetProperty("from", out _)) writer.WriteString("from", StatusPageJson.Rfc3339(clock.GetUtcNow()));
                foreach (var property in document.RootElement.EnumerateObject()) property.WriteTo(writer);
                writer.WriteEndObject();
                writer.WriteEndArray();
            }

            return buffer.WrittenSpan.ToArray();
        }
        catch (JsonException odd)
        {
            throw new CvmfsFormatException("silence", "is no JSON.", null, odd);
        }
    }

    private void Look(string path)
    {
        try
        {
            var stamp = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : default;
            if (stamp == _stamp) return;
            byte[]? document = stamp == default ? null : File.ReadAllBytes(path); // a disk that fails is asked again
            _stamp = stamp;                                                       // what is in a bad file is told once
            _fromFile = document is null ? [] : Read(document, path);
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException or CvmfsFormatException)
        {
            LogMessages.Odd(logger, $"{path}: {odd.Message} What was announced before stays.");
        }
    }

    private static IReadOnlyList<MaintenanceWindow> Read(byte[] document, string name) => new StatusPageConfigurationReader(name).ReadWindows(document);
}

using System.Text.Json;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>Writes JSON to standard output: one object for one thing, a line each for several.</summary>
internal static class JsonOutput
{
    public static async Task WriteAsync(CliHost host, bool isList, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = !isList, NewLine = "\n" })) write(json);
        buffer.WriteByte((byte)'\n');
        buffer.Position = 0;
        await buffer.CopyToAsync(host.Output, cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

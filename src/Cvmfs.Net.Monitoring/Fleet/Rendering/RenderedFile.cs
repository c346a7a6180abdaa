using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>A file that was made from a fleet.</summary>
/// <param name="Path">Where it belongs, with slashes, relative to the folder of all outputs.</param>
/// <param name="Content">Its bytes.</param>
public sealed record RenderedFile(string Path, ReadOnlyMemory<byte> Content)
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text with line feeds, ending in one.</summary>
    internal static RenderedFile OfText(string path, string text) => new(path, Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));

    /// <summary>JSON, and beside it the digest of what it was made from: JSON has no comments.</summary>
    internal static IEnumerable<RenderedFile> OfJson(FleetDescription fleet, string path, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options)) write(json);
        yield return new RenderedFile(path, new ReadOnlyMemory<byte>([.. buffer.WrittenSpan, (byte)'\n']));
        yield return OfText(path + ".digest", $"{fleet.Digest} {fleet.Name}\n");
    }

    /// <summary>The first lines of a file whose comments begin with a hash.</summary>
    internal static string Header(FleetDescription fleet) => $"# Made by Cvmfs.Net from the fleet file of \"{Comment(fleet.Name)}\", digest {fleet.Digest}.\n# Generated: do not edit.\n";

    private static string Comment(string text) => text.ReplaceLineEndings(" ");
}

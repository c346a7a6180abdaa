using System.Buffers;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli;

/// <summary>An entry as one line of JSON: what a mounted client would show of it. Keys are sorted.</summary>
/// <remarks>A client claims ownership unless it is told otherwise: everything belongs to whoever mounted it, which is root. The recorded owners are
/// shown on request.</remarks>
internal sealed class EntryJson(RepositoryRevision revision, bool storedOwner = false)
{
    private readonly ArrayBufferWriter<byte> _line = new(512);

    /// <summary>Formats one entry; the bytes are valid until the next call.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="sha256">SHA-256 of the content, hexadecimal; null to leave it out.</param>
    public ReadOnlyMemory<byte> Format(RepositoryPath path, CatalogEntry entry, string? sha256)
    {
        _line.ResetWrittenCount();
        var json = new JsonLine(_line).Begin();
        json.Number("gid"u8, storedOwner ? entry.Gid : 0);
        json.Text("kind"u8, Kind(entry.Kind));
        json.Text("mode"u8, Encoding.ASCII.GetBytes("0o" + Convert.ToString(entry.Mode, 8)));
        json.Number("mtime_ns"u8, ((Int128)entry.MTimeSeconds * 1_000_000_000) + (entry.MTimeNanoseconds ?? 0));
        json.Number("nlink"u8, entry.LinkCount);
        json.Text("path"u8, path.IsRoot ? "/"u8 : path.Bytes);
        if (sha256 is not null) json.Text("sha256"u8, Encoding.ASCII.GetBytes(sha256));
        if (entry.IsFile) json.Number("size"u8, entry.Size);
        if (entry.Kind == EntryKind.SymbolicLink)
        {
            var target = revision.PresentTarget(entry).Span;
            json.Number("size"u8, target.Length);
            json.Text("target"u8, target);
        }

        json.Number("uid"u8, storedOwner ? entry.Uid : 0);
        if (!entry.RawXattrs.IsEmpty) AddAttributes(json, ExtendedAttributes.Parse(entry.RawXattrs.Span));
        json.EndLine();
        return _line.WrittenMemory;
    }

    /// <summary>The word for a kind of entry.</summary>
    public static ReadOnlySpan<byte> Kind(EntryKind kind) => kind switch
    {
        EntryKind.File => "file"u8,
        EntryKind.Directory => "dir"u8,
        EntryKind.SymbolicLink => "link"u8,
        _ => "special"u8,
    };

    // Only what every user may see on a mounted client; the rest is for "repo stat".
    private static void AddAttributes(JsonLine json, ExtendedAttributes attributes)
    {
        bool any = false;
        foreach (var (name, value) in attributes)
        {
            if (!name.Span.StartsWith("user."u8)) continue;
            if (!any) json.Object("xattrs"u8);
            any = true;
            json.Hex(name.Span, value.Span);
        }

        if (any) json.End();
    }
}

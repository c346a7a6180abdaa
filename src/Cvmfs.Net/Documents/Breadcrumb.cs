using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Documents;

/// <summary>What a client remembers of the newest statement it verified: <c>cvmfschecksum.&lt;fqrn&gt;</c> in its cache.</summary>
/// <param name="RootCatalog">Root catalog.</param>
/// <param name="PublishedAt">Time of signing, Unix seconds.</param>
/// <param name="Revision">Revision; 0 where an old client did not write it.</param>
public readonly record struct Breadcrumb(ContentHash RootCatalog, ulong PublishedAt, ulong Revision)
{
    /// <summary>Bytes of the longest breadcrumb that is read.</summary>
    public const int MaxBytes = 164;

    /// <summary>Name of the file in the cache's folder.</summary>
    public static string FileName(RepositoryName repository) => "cvmfschecksum." + repository;

    /// <summary>Reads a breadcrumb: hash, <c>T</c>, time, and possibly <c>R</c>, revision. Only the first <see cref="MaxBytes"/> bytes count.</summary>
    /// <returns>False for one that is to be ignored: malformed, null hash, time 0, or the revision that stands for "none".</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out Breadcrumb breadcrumb)
    {
        breadcrumb = default;
        text = text[..Math.Min(text.Length, MaxBytes)].TrimEnd((byte)'\n');
        int timeMark = text.IndexOf((byte)'T');
        if (timeMark < 0 || !ContentHash.TryParse(text[..timeMark], out var hash)) return false;

        var time = text[(timeMark + 1)..];
        ulong revision = 0;
        int revisionMark = time.IndexOf((byte)'R');
        if (revisionMark >= 0)
        {
            if (!TryNumber(time[(revisionMark + 1)..], out revision)) return false;
            time = time[..revisionMark];
        }

        if (!TryNumber(time, out ulong publishedAt)) return false;
        breadcrumb = new Breadcrumb(hash, publishedAt, revision);
        return !hash.IsNull && publishedAt != 0 && revision != ulong.MaxValue;
    }

    /// <summary>The file's content, without a line end.</summary>
    public byte[] ToBytes() => Encoding.ASCII.GetBytes(ToString());

    /// <summary>The file's content as text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RootCatalog}T{PublishedAt}R{Revision}");

    private static bool TryNumber(ReadOnlySpan<byte> digits, out ulong number)
        => ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

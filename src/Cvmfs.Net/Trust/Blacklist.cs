using System.Globalization;
using System.Text;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>What a site refuses although it is signed: certificates by fingerprint, and revisions below a number.</summary>
/// <remarks>Immutable. Goes before the whitelist. Lines that are neither form have no effect and are kept for a warning.</remarks>
public sealed class Blacklist
{
    private readonly HashSet<Fingerprint> _fingerprints;
    private readonly Dictionary<string, ulong> _minimumRevisions;

    private Blacklist(HashSet<Fingerprint> fingerprints, Dictionary<string, ulong> minimumRevisions, IReadOnlyList<string> unrecognized)
        => (_fingerprints, _minimumRevisions, UnrecognizedLines) = (fingerprints, minimumRevisions, unrecognized);

    /// <summary>Refuses nothing.</summary>
    public static Blacklist Empty { get; } = new([], [], []);

    /// <summary>Lines that have no effect because they are neither form; empty lines and comments are not among them.</summary>
    public IReadOnlyList<string> UnrecognizedLines { get; }

    /// <summary>Reads a blacklist: one fingerprint, or <c>&lt;fqrn N</c>, a line.</summary>
    public static Blacklist Parse(ReadOnlySpan<byte> text)
    {
        var fingerprints = new HashSet<Fingerprint>();
        var minimums = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var unrecognized = new List<string>();
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.IsEmpty || line[0] == (byte)'#') continue;
            if (TryReadRevision(line, out string name, out ulong minimum)) minimums[name] = Math.Max(minimum, minimums.GetValueOrDefault(name));
            else if (Fingerprint.TryParse(line, out var fingerprint)) fingerprints.Add(fingerprint);
            else unrecognized.Add(Encoding.Latin1.GetString(line));
        }

        return new Blacklist(fingerprints, minimums, unrecognized);
    }

    /// <summary>Everything that one of two blacklists refuses.</summary>
    public Blacklist Concat(Blacklist other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var minimums = new Dictionary<string, ulong>(_minimumRevisions, StringComparer.Ordinal);
        foreach (var (name, minimum) in other._minimumRevisions) minimums[name] = Math.Max(minimum, minimums.GetValueOrDefault(name));
        return new Blacklist([.. _fingerprints, .. other._fingerprints], minimums, [.. UnrecognizedLines, .. other.UnrecognizedLines]);
    }

    /// <summary>Whether a certificate is refused.</summary>
    /// <param name="certificate">DER bytes.</param>
    public bool Contains(ReadOnlySpan<byte> certificate)
    {
        foreach (var fingerprint in _fingerprints)
        {
            if (fingerprint.Matches(certificate)) return true;
        }

        return false;
    }

    /// <summary>The lowest revision of a repository that is not refused; 0 where all are allowed.</summary>
    public ulong MinimumRevision(RepositoryName repository) => _minimumRevisions.GetValueOrDefault(repository.ToString());

    private static bool TryReadRevision(ReadOnlySpan<byte> line, out string name, out ulong minimum)
    {
        (name, minimum) = ("", 0);
        if (line[0] != (byte)'<') return false;
        int blank = line.IndexOfAny((byte)' ', (byte)'\t');
        if (blank < 2) return false;
        name = Encoding.Latin1.GetString(line[1..blank]);
        return ulong.TryParse(line[blank..].TrimStart(" \t"u8), NumberStyles.None, CultureInfo.InvariantCulture, out minimum);
    }
}

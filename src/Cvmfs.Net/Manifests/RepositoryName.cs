using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Manifests;

/// <summary>The fully qualified name of a repository, such as <c>software.eessi.io</c>: what the signed documents name, and a safe folder name.</summary>
/// <remarks>1–60 characters from <c>A–Z a–z 0–9 - _ .</c>, the first a letter or digit. Case counts. <see langword="default"/> is no name.</remarks>
public readonly struct RepositoryName : IEquatable<RepositoryName>, ISpanParsable<RepositoryName>
{
    /// <summary>Characters of the longest name.</summary>
    public const int MaxLength = 60;

    private static readonly SearchValues<char> Allowed
        = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private readonly string? _name;

    private RepositoryName(string name) => _name = name;

    /// <summary>True for <see langword="default"/>.</summary>
    public bool IsEmpty => _name is null;

    /// <summary>Parses a name.</summary>
    /// <exception cref="CvmfsFormatException">It is too long, empty, or holds a character that a name cannot have.</exception>
    public static RepositoryName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text.AsSpan());
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static RepositoryName Parse(ReadOnlySpan<char> text)
    {
        if (TryParse(text, out var name)) return name;
        string shown = text.Length > MaxLength ? string.Concat(text[..MaxLength], "…") : text.ToString();
        throw new CvmfsFormatException(
            "repository name", $"\"{shown}\" is not 1–{MaxLength} letters, digits, \"-\", \"_\" or \".\" beginning with a letter or digit.");
    }

    /// <summary>As <see cref="Parse(string)"/>, false instead of an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RepositoryName name) => TryParse(text.AsSpan(), out name);

    /// <inheritdoc cref="TryParse(string?, out RepositoryName)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out RepositoryName name)
    {
        name = default;
        if (text.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(text[0]) || text.ContainsAnyExcept(Allowed)) return false;
        name = new RepositoryName(text.ToString());
        return true;
    }

    static RepositoryName IParsable<RepositoryName>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static RepositoryName ISpanParsable<RepositoryName>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<RepositoryName>.TryParse(string? s, IFormatProvider? provider, out RepositoryName result) => TryParse(s, out result);

    static bool ISpanParsable<RepositoryName>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out RepositoryName result)
        => TryParse(s, out result);

    /// <inheritdoc/>
    public bool Equals(RepositoryName other) => string.Equals(_name, other._name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is RepositoryName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _name is null ? 0 : string.GetHashCode(_name, StringComparison.Ordinal);

    /// <summary>The name; empty for <see langword="default"/>.</summary>
    public override string ToString() => _name ?? "";

    /// <summary>Ordinal equality.</summary>
    public static bool operator ==(RepositoryName left, RepositoryName right) => left.Equals(right);

    /// <summary>Ordinal inequality.</summary>
    public static bool operator !=(RepositoryName left, RepositoryName right) => !left.Equals(right);
}

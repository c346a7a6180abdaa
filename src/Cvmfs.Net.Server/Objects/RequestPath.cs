using System.Buffers;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Server.Objects;

/// <summary>What a request asks for.</summary>
internal enum RequestedResource : byte
{
    /// <summary>Nothing that this server has.</summary>
    Unknown,

    /// <summary>An object below <c>data/</c>.</summary>
    Object,

    /// <summary>A file next to the manifest.</summary>
    RootFile,

    /// <summary>An object by its alternative name next to the manifest.</summary>
    AlternativeName,

    /// <summary>A file below <c>info/v1/</c>.</summary>
    Info,

    /// <summary>A file below <c>stats/</c>.</summary>
    Statistics,

    /// <summary>Something below <c>api/</c> of any name: the rest is not looked at here.</summary>
    Api,
}

/// <summary>A parsed request that outlives the bytes it was read from.</summary>
/// <param name="Resource">As in <see cref="RequestPath"/>.</param>
/// <param name="Alias">Likewise.</param>
/// <param name="Rest">Likewise.</param>
/// <param name="Key">Likewise.</param>
internal sealed record RequestCopy(RequestedResource Resource, string Alias, string Rest, ObjectKey Key)
{
    /// <summary>The same as a view.</summary>
    public RequestPath Path => RequestPath.Of(this);
}

/// <summary>A request target taken apart by a strict grammar, before any disk is touched.</summary>
/// <remarks>
/// <code>
/// /cvmfs/ALIAS/data/xx/yyyy[-rmd160|-shake128][letter]     /cvmfs/ALIAS/.cvmfsNAME     /cvmfs/ALIAS/stats/NAME     /cvmfs/info/v1/NAME.json     /cvmfs/ANY/api/…
/// </code>
/// No character that the forms of files need is ever escaped by a client, so a percent sign anywhere makes the target unknown: there is no
/// decoding, hence nothing to be smuggled through it.
/// </remarks>
internal readonly ref struct RequestPath
{
    private const int MaxAliasLength = 60; // what the reference's add-replica accepts
    private const int MaxRootFileNameLength = 96; // ".cvmfsalt-" and the longest hash need 60

    private static readonly SearchValues<char> AliasCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz.-");

    private RequestPath(RequestedResource resource, ReadOnlySpan<char> alias, ReadOnlySpan<char> rest, ObjectKey key = default)
    {
        Resource = resource;
        Alias = alias;
        Rest = rest;
        Key = key;
    }

    /// <summary>What is asked for; the other properties hold for it.</summary>
    public RequestedResource Resource { get; }

    /// <summary>Folder of the repository.</summary>
    public ReadOnlySpan<char> Alias { get; }

    /// <summary>The path below the alias: exactly the characters of the URL, and of the file.</summary>
    public ReadOnlySpan<char> Rest { get; }

    /// <summary>The object, for the two kinds that name one.</summary>
    public ObjectKey Key { get; }

    /// <summary>Whether an object is asked for, by either name.</summary>
    public bool IsObject => Resource is RequestedResource.Object or RequestedResource.AlternativeName;

    /// <summary>A view of a copy.</summary>
    public static RequestPath Of(RequestCopy copy) => new(copy.Resource, copy.Alias, copy.Rest, copy.Key);

    /// <summary>A copy that can be kept.</summary>
    public RequestCopy Copy() => new(Resource, Alias.ToString(), Rest.ToString(), Key);

    /// <summary>Takes a raw request target apart: origin form or absolute form, query ignored.</summary>
    /// <param name="target">The target as it came over the wire.</param>
    /// <param name="pathBase">What the host has cut off in front of <c>/cvmfs</c>; usually empty.</param>
    public static RequestPath Parse(ReadOnlySpan<char> target, ReadOnlySpan<char> pathBase)
    {
        int query = target.IndexOf('?');
        if (query >= 0) target = target[..query];
        if (target.Length > 0 && target[0] != '/')
        {
            int authority = target.IndexOf("://");
            int path = authority < 0 ? -1 : target[(authority + 3)..].IndexOf('/');
            if (path < 0) return default;
            target = target[(authority + 3 + path)..];
        }

        if (!target.StartsWith(pathBase)) return default;
        target = target[pathBase.Length..];
        if (!target.StartsWith("/cvmfs/")) return default;
        target = target["/cvmfs/".Length..];

        int slash = target.IndexOf('/');
        if (slash < 0) return default;
        var alias = target[..slash];
        var rest = target[(slash + 1)..];
        // The reference's web server hands these on whatever the name is; no file is named by them.
        if (alias.Length > 0 && rest.StartsWith("api/")) return new RequestPath(RequestedResource.Api, alias, rest["api/".Length..]);
        if (alias.SequenceEqual("info")) return ParseInfo(rest);
        if (!IsAlias(alias)) return default;
        if (ObjectPath.TryParse(rest, out var key)) return new RequestPath(RequestedResource.Object, alias, rest, key);
        if (rest.StartsWith("stats/")) return ParseStatistics(alias, rest);
        return ParseRootFile(alias, rest);
    }

    /// <summary>Whether a folder name can be a repository's alias.</summary>
    public static bool IsAlias(ReadOnlySpan<char> name)
        => name.Length is > 0 and <= MaxAliasLength
            && char.IsAsciiLetterOrDigit(name[0])
            && name.IndexOfAnyExcept(AliasCharacters) < 0
            && !name.SequenceEqual("info");

    private static RequestPath ParseRootFile(ReadOnlySpan<char> alias, ReadOnlySpan<char> name)
    {
        if (name.Length > MaxRootFileNameLength || !name.StartsWith(".cvmfs") || name.IndexOfAnyExcept(AliasCharacters) >= 0) return default;
        if (!name.StartsWith(ObjectPath.AlternativePrefix)) return new RequestPath(RequestedResource.RootFile, alias, name);
        return ObjectKey.TryParse(name[ObjectPath.AlternativePrefix.Length..], out var key)
            ? new RequestPath(RequestedResource.AlternativeName, alias, name, key)
            : default;
    }

    private static RequestPath ParseStatistics(ReadOnlySpan<char> alias, ReadOnlySpan<char> rest)
    {
        var name = rest["stats/".Length..];
        bool isName = name.Length is > 0 and <= MaxRootFileNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.IndexOfAnyExcept(AliasCharacters) < 0;
        return isName ? new RequestPath(RequestedResource.Statistics, alias, rest) : default;
    }

    private static RequestPath ParseInfo(ReadOnlySpan<char> rest)
        => rest.SequenceEqual("v1/repositories.json") || rest.SequenceEqual("v1/meta.json")
            ? new RequestPath(RequestedResource.Info, "info", rest["v1/".Length..])
            : default;
}

using Cvmfs.Net.Hashing;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Which of several proxies keeps an object, so that together they are one large cache. Thread-safe.</summary>
/// <remarks>The ring is that of clients which shard: what a client asks the right proxy for is not asked on.</remarks>
internal sealed class SiblingRing
{
    private readonly Uri[] _members;
    private readonly int _self;
    private readonly ShardRing _ring;

    private SiblingRing(ProxyUpstreamOptions options)
    {
        _members = [.. options.Siblings];
        _self = Array.IndexOf(_members, options.Self);
        _ring = new ShardRing([.. _members.Select(static member => member.OriginalString.TrimEnd('/'))]);
    }

    /// <summary>The ring; null where this proxy has no siblings.</summary>
    public static SiblingRing? Of(ProxyUpstreamOptions options) => options.Siblings.Count > 1 ? new SiblingRing(options) : null;

    /// <summary>The sibling to ask; null where the object is this proxy's own.</summary>
    /// <param name="hash">The object.</param>
    /// <param name="isWell">Whether a sibling may be asked. One that may not loses its share to the next on the ring.</param>
    public Uri? OwnerOf(ContentHash hash, Func<Uri, bool> isWell)
    {
        foreach (int member in _ring.InOrder(ShardRing.KeyOf(hash)))
        {
            if (member == _self) return null;
            if (isWell(_members[member])) return _members[member];
        }

        return null;
    }
}

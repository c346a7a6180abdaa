using System.Net;

namespace Cvmfs.Net.Transport.Proxies;

/// <summary>One proxy to ask, at one address. Two members are equal when they lead to the same place.</summary>
/// <param name="Url">The proxy with its address in place of its name, as it is known; null for <c>DIRECT</c>.</param>
/// <param name="Name">The proxy as it was written; null for <c>DIRECT</c>.</param>
/// <param name="Address">The address; null for <c>DIRECT</c> and while none is known.</param>
public sealed record ProxyMember(string? Url, string? Name, IPAddress? Address)
{
    /// <summary>The server itself is to be asked.</summary>
    public static ProxyMember Direct { get; } = new(null, null, null);

    /// <summary>The member that an entry of a list stands for, before its name is looked up.</summary>
    internal static ProxyMember Of(string? url) => url is null ? Direct : new ProxyMember(url, url, IPAddress.TryParse(new Uri(url).IdnHost, out var literal) ? literal : null);

    /// <summary>Whether the server itself is to be asked.</summary>
    public bool IsDirect => Name is null;

    /// <summary>Whether the name leads nowhere: asking it fails at once.</summary>
    public bool IsUnresolved => Name is not null && Address is null;

    /// <inheritdoc/>
    public bool Equals(ProxyMember? other) => other is not null && Url == other.Url && Name == other.Name;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Url, Name);

    /// <inheritdoc/>
    public override string ToString() => Url ?? "DIRECT";
}

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>A proxy and a server with one answer for everything, shared by the tests of a class: for requests that leave nothing behind.</summary>
public sealed class ServedDocument : IAsyncLifetime
{
    /// <summary>What the server answers.</summary>
    public static byte[] Body => "{}"u8.ToArray();

    internal ScriptedUpstream Upstream { get; private set; } = null!;

    internal RunningProxy Proxy { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Upstream = await ScriptedUpstream.StartAsync();
        Upstream.Answer = static context => ScriptedUpstream.SendAsync(context, Body);
        Proxy = await RunningProxy.StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}

namespace Cvmfs.Net.Connections;

/// <summary>The idle clients of a loop in the order in which they became idle, so that the one to go is known without a look at all of them.</summary>
/// <remarks>A list through the clients themselves: nothing is allocated, and each change touches two neighbours. The loop's thread only.</remarks>
internal sealed class IdleEviction
{
    private ClientConnection? _oldest;
    private ClientConnection? _newest;

    /// <summary>The client that has been idle for longest; null where all are at work.</summary>
    public ClientConnection? Oldest => _oldest;

    /// <summary>Gives a client its place by what it does now.</summary>
    public void Follow(ClientConnection client)
    {
        bool isIdle = client.IsIdle && !client.IsClosed;
        if (client.IdleSince is { } since)
        {
            if (isIdle && since == client.Since) return;
            Remove(client);
        }

        if (!isIdle) return;
        client.IdleSince = client.Since;
        client.IdleBefore = _newest;
        if (_newest is null) _oldest = client;
        else _newest.IdleAfter = client;
        _newest = client;
    }

    /// <summary>Takes a client out that leaves the loop.</summary>
    public void Remove(ClientConnection client)
    {
        if (client.IdleSince is null) return;
        if (client.IdleBefore is null) _oldest = client.IdleAfter;
        else client.IdleBefore.IdleAfter = client.IdleAfter;
        if (client.IdleAfter is null) _newest = client.IdleBefore;
        else client.IdleAfter.IdleBefore = client.IdleBefore;
        (client.IdleSince, client.IdleBefore, client.IdleAfter) = (null, null, null);
    }
}

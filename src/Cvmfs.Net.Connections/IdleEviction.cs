namespace Cvmfs.Net.Connections;

/// <summary>Finds the clients of a loop that have been idle for longest.</summary>
/// <remarks>One look over all of them finds several: who opens one connection after the other must not cost a look each.</remarks>
internal sealed class IdleEviction
{
    private const int FoundAtOnce = 64;

    private readonly PriorityQueue<ClientConnection, long> _oldest = new();
    private readonly Stack<(ClientConnection Client, long Since)> _found = new();

    /// <summary>The next one that should go; null where all are at work.</summary>
    public ClientConnection? Next(List<ClientConnection?> clients)
    {
        return Take() ?? Look();

        ClientConnection? Look()
        {
            foreach (var client in clients)
            {
                if (client is not { IsIdle: true }) continue;
                _oldest.Enqueue(client, -client.Since); // the youngest of those found is the first to be dropped
                if (_oldest.Count > FoundAtOnce) _oldest.Dequeue();
            }

            while (_oldest.TryDequeue(out var client, out _)) _found.Push((client, client.Since));
            return Take();
        }
    }

    private ClientConnection? Take()
    {
        while (_found.TryPop(out var found))
        {
            if (!found.Client.IsClosed && found.Client.IsIdle && found.Client.Since == found.Since) return found.Client;
        }

        return null;
    }
}

using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Lets one run at a time transfer an object into a store that several runs share. The others wait, look again, and find it, or take their turn.</summary>
/// <remarks>Held for one transfer only, never while something else is awaited: a run that waits here waits for the line, not for another run.
/// Whoever held it and failed or was cancelled leaves it to the next. Costs nothing but an entry in a table while nobody else comes.</remarks>
internal sealed class TransferGate
{
    private const int Shards = 64; // objects are uniformly spread

    private readonly Dictionary<ObjectKey, Queue<TaskCompletionSource>?>[] _shards = new Dictionary<ObjectKey, Queue<TaskCompletionSource>?>[Shards];

    public TransferGate()
    {
        for (int i = 0; i < Shards; i++) _shards[i] = [];
    }

    /// <summary>Waits for the object's turn. The caller leaves by disposing what it gets.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public ValueTask<Pass> EnterAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var shard = Shard(key);
        TaskCompletionSource turn;
        lock (shard)
        {
            if (shard.TryAdd(key, null)) return ValueTask.FromResult(new Pass(this, key));
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (shard[key] ??= new Queue<TaskCompletionSource>()).Enqueue(turn);
        }

        return WaitAsync(key, turn, cancellationToken);
    }

    private async ValueTask<Pass> WaitAsync(ObjectKey key, TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        // Either the turn comes or the token: the source decides which, so that no turn is lost.
        await using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn).ConfigureAwait(false))
        {
            await turn.Task.ConfigureAwait(false);
        }

        return new Pass(this, key);
    }

    private void Leave(ObjectKey key)
    {
        var shard = Shard(key);
        lock (shard)
        {
            var waiting = shard[key];
            while (waiting?.TryDequeue(out var next) == true)
            {
                if (next.TrySetResult()) return;
            }

            shard.Remove(key);
        }
    }

    private Dictionary<ObjectKey, Queue<TaskCompletionSource>?> Shard(ObjectKey key) => _shards[key.Hash.Prefix64 % Shards];

    /// <summary>The right to transfer an object, until it is disposed. Once.</summary>
    internal readonly struct Pass(TransferGate gate, ObjectKey key) : IDisposable
    {
        public void Dispose() => gate.Leave(key);
    }
}

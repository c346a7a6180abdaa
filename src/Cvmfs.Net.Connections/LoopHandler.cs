namespace Cvmfs.Net.Connections;

/// <summary>Reads requests of the clients of one loop and has them answered. Used by the loop's thread only.</summary>
/// <remarks>A program derives its own, which judges heads and sends answers; what becomes of the bytes before and after is the same for all.</remarks>
internal abstract class LoopHandler(TimeProvider time)
{
    /// <summary>Bytes of input that are looked at together; a longer head is not plain.</summary>
    public const int InputBytes = 16 << 10;

    /// <summary>Requests of one client that are answered before others get their turn.</summary>
    private const int RequestsPerTurn = 32;

    private readonly byte[] _input = new byte[InputBytes];
    private EventLoop? _loop;

    /// <summary>Whether every answer is to be the last one of its connection.</summary>
    public bool IsDraining { get; set; }

    /// <summary>The time of this round of events, as <see cref="TimeProvider.GetTimestamp"/> gives it.</summary>
    protected long Now { get; private set; }

    /// <summary>Makes the handler that of a loop; once, before anything else.</summary>
    public void Attach(EventLoop loop) => _loop = loop;

    /// <summary>Says what time it is; called once for each round of events.</summary>
    public virtual void SetTime() => Now = time.GetTimestamp();

    /// <summary>Does what can be done for a client now.</summary>
    public Verdict Work(ClientConnection client)
    {
        if (client.IsLingering) return Drain(client);
        return GoOn(client, client.HasOutput ? AfterSending(client, client.Continue()) : Verdict.Wait);
    }

    /// <summary>Goes on with a client that comes back from elsewhere.</summary>
    public Verdict Resume(ClientConnection client) => GoOn(client, Return(client));

    /// <summary>Gives up what a client waits for elsewhere, for it has left or has to go.</summary>
    /// <returns>Whether it is certain that nobody will give it back any more.</returns>
    public virtual bool Abandon(ClientConnection client) => false;

    /// <summary>Is told that a client which waits for its answer sends no more. It may still read, or be gone.</summary>
    public virtual void EndedItsSide(ClientConnection client)
    {
    }

    /// <summary>Judges the head of a request and answers it, or makes the client wait for its answer, or hands it over.</summary>
    protected abstract Verdict Handle(ClientConnection client, ReadOnlySpan<byte> head);

    /// <summary>Answers a client that has come back.</summary>
    protected abstract Verdict Return(ClientConnection client);

    /// <summary>What a client gets when everything it was given is sent: more of the same answer, or nothing. Sets <see cref="ClientConnection.IsAway"/>
    /// where more is to come and is not there yet.</summary>
    protected virtual NativeSocket.Outcome SendMore(ClientConnection client) => NativeSocket.Outcome.Done;

    /// <summary>Gives a client back that was away. Any thread.</summary>
    protected void GiveBack(ClientConnection client) => _loop!.Return(client);

    /// <summary>Judges what became of an attempt to send.</summary>
    protected Verdict AfterSending(ClientConnection client, NativeSocket.Outcome outcome)
    {
        while (true)
        {
            if (outcome == NativeSocket.Outcome.Broken) return Verdict.Break;
            if (client.HasOutput)
            {
                if (outcome == NativeSocket.Outcome.Done) _loop!.QueueTurn(client); // enough for this turn, and the kernel would take more
                return Verdict.Wait;
            }

            if (!client.IsUnfinished) break;
            outcome = SendMore(client);
            if (client.IsAway) return Verdict.Wait;
        }

        if (!client.ClosesAfterwards) return Verdict.Wait;
        NativeSocket.FinishSending(client.Descriptor); // closing with unread input would throw away what is on its way
        client.IsLingering = true;
        return Drain(client);
    }

    private Verdict GoOn(ClientConnection client, Verdict verdict)
    {
        if (verdict == Verdict.Wait && client.IsFree) verdict = Read(client);
        if (verdict == Verdict.Wait) client.Settle(Now);
        return verdict;
    }

    private Verdict Read(ClientConnection client)
    {
        int used = client.Unstash(_input);
        int at = 0;
        for (int requests = 0; ;)
        {
            var rest = _input.AsSpan(at, used - at);
            int end = rest.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                if (++requests > RequestsPerTurn)
                {
                    client.Stash(rest);
                    _loop!.QueueTurn(client);
                    return Verdict.Wait;
                }

                var verdict = Handle(client, rest[..(end + 4)]);
                if (verdict == Verdict.HandOver) client.Stash(rest); // the other parser sees this request from its first byte
                if (verdict != Verdict.Wait) return verdict;
                at += end + 4;
                if (client.IsFree) continue;
                client.Stash(_input.AsSpan(at, used - at));
                return verdict;
            }

            if (rest.Length >= InputBytes || !RequestHead.MayBegin(rest))
            {
                client.Stash(rest);
                return Verdict.HandOver;
            }

            if (!client.MayRead)
            {
                client.Stash(rest);
                return Verdict.Wait;
            }

            if (at > 0)
            {
                rest.CopyTo(_input);
                (at, used) = (0, rest.Length);
            }

            var outcome = NativeSocket.Receive(client.Descriptor, _input.AsSpan(used), out int received);
            if (outcome == NativeSocket.Outcome.Broken || (outcome == NativeSocket.Outcome.Done && received == 0)) return Verdict.Close;
            if (outcome == NativeSocket.Outcome.WouldWait || (received < InputBytes - used && !client.IsPeerDone)) client.MayRead = false;
            used += Math.Max(received, 0);
        }
    }

    private Verdict Drain(ClientConnection client)
    {
        while (client.MayRead)
        {
            var outcome = NativeSocket.Receive(client.Descriptor, _input, out int received);
            if (outcome == NativeSocket.Outcome.Broken || (outcome == NativeSocket.Outcome.Done && received == 0)) return Verdict.Close;
            if (outcome == NativeSocket.Outcome.WouldWait) client.MayRead = false;
        }

        client.Settle(Now);
        return Verdict.Wait;
    }
}

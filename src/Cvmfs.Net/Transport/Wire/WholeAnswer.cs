namespace Cvmfs.Net.Transport.Wire;

/// <summary>An answer that lies whole in a receive buffer.</summary>
internal sealed class WholeAnswer(ResponseHead head, ServerConnections server, ReceiveSlab slab, int start, int length) : HttpAnswer(head)
{
    private int _disposed;
    private Stream? _body;

    public override ReadOnlyMemory<byte>? Whole => slab.Buffer.AsMemory(start, length);

    public override Stream Body => _body ??= new MemoryStream(slab.Buffer, start, length, writable: false);

    public override void Distrust() => server.Distrust();

    public override void Drop()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) slab.Release();
    }
}

namespace Cvmfs.Net.Transport.Wire;

/// <summary>An answer whose body is still on its way.</summary>
internal sealed class StreamAnswer(ResponseHead head, ServerConnections server, WireBody body) : HttpAnswer(head)
{
    public override Stream Body => body;

    public override void Distrust() => server.Distrust();

    public override void Drop() => body.Dispose();
}

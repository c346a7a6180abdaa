namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Whether this place sees anything at all: one that is blind must not accuse others.</summary>
internal sealed class VantageCheck(HttpMessageInvoker invoker, TimeProvider clock)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks control targets, which have nothing to do with the fleet; any answer will do. Without any, that not one of several servers could be reached is telling.</summary>
    public async Task<bool> IsOnlineAsync(IReadOnlyList<Uri> controls, IReadOnlyList<ServerReport> servers, CancellationToken cancellationToken)
    {
        if (SeesAnything(servers)) return true; // no need to ask others
        if (controls.Count == 0) return false;
        bool[] answers = await Task.WhenAll(controls.Select(control => AnswersAsync(control, cancellationToken))).ConfigureAwait(false);
        return answers.Contains(true);
    }

    /// <summary>Whether some server answers, or there are too few to tell.</summary>
    public static bool SeesAnything(IReadOnlyList<ServerReport> servers)
        => servers.Count < 2 || !servers.All(server => server.Outcome == ServerOutcome.Unreachable && server.Error is ErrorClass.Dns or ErrorClass.ConnectRefused or ErrorClass.ConnectTimeout or ErrorClass.Timeout);

    private async Task<bool> AnswersAsync(Uri control, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, control);
            using var response = await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

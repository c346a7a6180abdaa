using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Tests.Incidents;

public sealed class AlertMailTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Mail_is_handed_in_whole_and_nothing_in_it_can_add_a_command_or_heading()
    {
        var (result, said) = await SendAsync("tickets@demo.test\r\nRCPT TO:<evil@demo.test>", "déjà vu\r\nBcc: evil@demo.test\r\n.\r\nQUIT", ["220 hi", "250-one\r\n250 two", "250 ok", "250 ok", "354 go", "250 queued"]);
        Assert.True(result.IsTaken, result.Reason);
        Assert.Equal(["EHLO localhost", "MAIL FROM:<monitor@demo.test>", "RCPT TO:<tickets@demo.testRCPTTO:evil@demo.test>", "DATA"], said[..4]);
        string[] mail = said[4..^1];
        Assert.DoesNotContain(mail, line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase) || line.StartsWith("QUIT", StringComparison.Ordinal));
        Assert.Equal(".", mail[^1]);
        Assert.Contains("Date: Sat, 10 Jan 2026 12:00:00 +0000", mail);
        Assert.Single(mail, line => line == ".");
        string body = Encoding.UTF8.GetString(Convert.FromBase64String(string.Concat(mail[(Array.IndexOf(mail, "") + 1)..^1])));
        Assert.Equal("s1-a: FAILED: déjà vu Bcc: evil@demo.test . QUIT (since 2026-01-10T12:00:00Z)\n", body);
        Assert.All(mail, line => Assert.InRange(line.Length, 0, 78));
    }

    [Theory]
    [InlineData("450 later", true)]
    [InlineData("550 no such user", false)]
    [InlineData("hello", true)]
    public async Task A_refusal_for_now_is_worth_another_attempt_and_one_for_good_is_not(string answer, bool isWorthAnother)
    {
        var (result, _) = await SendAsync("tickets@demo.test", "away", ["220 hi", "250 ok", "250 ok", answer]);
        Assert.Equal((false, isWorthAnother), (result.IsTaken, result.IsWorthAnother));
        Assert.NotEmpty(result.Reason);
    }

    [Fact]
    public async Task A_server_that_is_away_is_worth_another_attempt()
    {
        var result = await AlertMail.TryAsync(Receiver(1, "a@demo.test"), Event("away"), TestContext.Current.CancellationToken);
        Assert.Equal((false, true), (result.IsTaken, result.IsWorthAnother));
    }

    private static AlertReceiver Receiver(int port, string to) => new("mail", new Uri($"smtp://127.0.0.1:{port}"), AlertForm.Mail) { To = to, From = "monitor@demo.test" };

    private static IncidentEvent Event(string message)
        => new(IncidentEventKind.Opened, new Incident(3, "server/s1-a", s_now) { Status = ServiceStatus.Failed, Severity = AlertSeverity.Page, Message = message }, ServiceStatus.Ok, s_now);

    /// <summary>Sends to a server that says these answers, and gives what it heard.</summary>
    private static async Task<((bool IsTaken, bool IsWorthAnother, string Reason) Result, string[] Heard)> SendAsync(string to, string message, string[] answers)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = AlertMail.TryAsync(Receiver(((IPEndPoint)listener.LocalEndpoint).Port, to), Event(message), token);
        var heard = new List<string>();
        using var client = await listener.AcceptTcpClientAsync(token);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        for (int i = 0; i < answers.Length; i++)
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answers[i] + "\r\n"), token);
            if (i == answers.Length - 1) break;
            bool isMail = answers[i].StartsWith("354", StringComparison.Ordinal);
            do heard.Add((await reader.ReadLineAsync(token))!);
            while (isMail && heard[^1] != ".");
        }

        var result = await sending;
        if (result.IsTaken) heard.Add((await reader.ReadLineAsync(token))!);
        return (result, [.. heard]);
    }
}

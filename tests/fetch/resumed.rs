//! Downloads that were interrupted, in this call or an earlier one.

use super::*;

#[test]
fn an_interrupted_download_resumes_where_it_stopped() {
    let half = content().len() / 2;
    let server = Server::new(move |request, count| match count {
        0 => Reply::file(content(), request).cut_off(half),
        _ => Reply::file(content(), request),
    });
    let outcome = fetch_from(&[&server]);
    outcome.assert_fetched();
    let ranges: Vec<_> = server.requests().iter().map(|request| request.from).collect();
    assert_eq!(ranges, [None, Some(half as u64)]);
    assert!(outcome.problems[0].contains("interrupted after"), "{:?}", outcome.problems);
}

#[test]
fn any_number_of_interruptions_is_tolerated_while_there_is_progress() {
    let server = Server::new(|request, _| Reply::file(content(), request).cut_off(30_000));
    let outcome = fetch_from(&[&server]);
    outcome.assert_fetched();
    assert!(server.requests().len() > PATIENT.attempts as usize + 2);
}

#[test]
fn the_part_of_an_earlier_command_is_resumed() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    fetch_into(with_part(&content()[..1234]), &[&server]).assert_fetched();
    assert_eq!(server.requests()[0].from, Some(1234));
}

#[test]
fn a_complete_part_is_only_renamed() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    fetch_into(with_part(&content()), &[&server]).assert_fetched();
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_server_without_ranges_sends_the_whole_file_again() {
    let server = Server::new(|_, count| match count {
        0 => Reply::ok(content()).cut_off(50_000),
        _ => Reply::ok(content()),
    });
    fetch_from(&[&server]).assert_fetched();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_response_with_another_range_is_not_appended() {
    let server = Server::new(|request, _| match request.from {
        Some(_) => Reply::new(206, content()[7..].to_vec()).header(
            "Content-Range",
            &format!("bytes 7-{0}/{1}", content().len() - 1, content().len()),
        ),
        None => Reply::ok(content()),
    });
    fetch_into(with_part(&content()[..1234]), &[&server]).assert_fetched();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_part_longer_than_the_file_is_discarded() {
    let server = Server::new(|request, _| match request.from {
        Some(_) => Reply::new(416, Vec::new()),
        None => Reply::ok(content()),
    });
    let part = [content(), vec![0; 99]].concat();
    fetch_into(with_part(&part), &[&server]).assert_fetched();
}

#[test]
fn a_part_of_another_file_costs_one_more_download_but_not_the_mirror() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    let outcome = fetch_into(with_part(&[0x55; 1000]), &[&server]);
    outcome.assert_fetched();
    let ranges: Vec<_> = server.requests().iter().map(|request| request.from).collect();
    assert_eq!(ranges, [Some(1000), None]);
}

#[test]
fn a_file_that_changed_on_the_server_is_not_appended_to_the_old_part() {
    let server = Server::new(|request, count| match count {
        0 => Reply::file(vec![1; 5000], request).cut_off(2500),
        _ => Reply::file(content(), request),
    });
    fetch_from(&[&server]).assert_fetched();
}

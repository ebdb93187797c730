//! Asks a vault where a seller may send what one member bought: `disclose URL CA CERT KEY MEMBER BASIS`.

use std::{env, error, fs};

use fubako_proto::Reason;
use fubako_proto::client::{Client, ClientConfig};
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{DiscloseRequest, Recipient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [url, ca, cert, key, member, basis] = args.as_slice() else { return Err("six arguments are needed".into()) };
    let config = ClientConfig::new(url).ca_pem(fs::read(ca)?).cert_pem(fs::read(cert)?).key_pem(fs::read(key)?);
    let client = Client::connect(&config).await?;
    let ask = DiscloseRequest {
        purpose: "transaction-with-seller".into(),
        recipient: Some(Recipient::party("aoyama-books")),
        basis_ids: vec![basis.clone()],
        member_id: member.clone(),
        narrowing: None,
    };
    let view = match client.disclose(ask).await {
        Ok(answer) => answer.view.unwrap_or_default(),
        Err(refused) if *refused.reason() == Reason::BasisNotLive => return Err("the deal is done".into()),
        Err(failed) => return Err(failed.into()),
    };
    for shown in view.fields.iter().flat_map(|field| &field.values) {
        match shown.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Value::Name(name)) => println!("{}", name.name),
            Some(Value::Address(address)) => println!("{} {}", address.locality, address.lines.join(" ")),
            _ => println!("(and one more value, {})", shown.form),
        }
    }
    Ok(())
}
